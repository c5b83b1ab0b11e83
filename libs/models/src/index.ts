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
export type { LayerInfo, ParameterInfo } from './network/trace.js';
export { listModels, models } from './registry.js';
export type { Architecture, Family } from './families/family.js';
export { saveWeights, type SaveOptions, type WeightLayout } from './weights/save-weights.js';
export { loadWeights, restoreModel, type LoadOptions } from './weights/load-weights.js';
