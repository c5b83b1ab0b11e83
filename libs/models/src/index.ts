export {
  isSelectableTap,
  type ForwardOptions,
  type Model,
  type ModelConfig,
  type Parameter,
  type TapInfo,
} from './model.js';
export { buildModel } from './build-model.js';
export { describeModel, parameterNamesUpTo, type ModelDescription } from './describe-model.js';
export { parameterNamesOfPart } from './parts.js';
export type { LayerInfo, ParameterInfo } from './network/trace.js';
export { listModels, models } from './registry.js';
export type { Architecture, Family } from './families/family.js';
export { saveWeights } from './weights/save-weights.js';
export { encodeWeights, type SaveOptions, type WeightLayout } from './weights/encode-weights.js';
export { loadWeights, restoreModel } from './weights/load-weights.js';
export { readWeights, type LoadOptions, type Weights, type WeightValues } from './weights/read-weights.js';

// For further implementations of the layers that networks are written with.
export type { ConvOptions, Layers, Reached, WindowOptions } from './network/layers.js';
export { Trace } from './network/trace.js';
export { toPytorch } from './weights/pytorch-layout.js';
export { findArchitecture } from './registry.js';
