export { tf } from './tf.js';
export { startEngine, engineInfo } from './start-engine.js';
export {
  backendChoices,
  type Backend,
  type BackendChoice,
  type EngineInfo,
  type EngineOptions,
} from './engine-info.js';
export {
  nativeBackend,
  type NativeBackend,
  type NativeBinding,
  type RawAttribute,
} from './backends/native-backend.js';
export { processorCount } from './machine/processor-count.js';
