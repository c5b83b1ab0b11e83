export {
  defineLoss,
  onlyKeys,
  type AnyLoss,
  type ExtraInput,
  type Initializer,
  type KeyContext,
  type KeySet,
  type LossInput,
  type LossModule,
  type LossOutput,
  type LossSetting,
  type NormTensors,
  type OwnedTensor,
  type Shape,
  type ShapeMap,
  type Slot,
  type SourceCount,
  type SourceShapes,
  type TapChoice,
  type TensorMap,
  type VectorCase,
  type VectorRules,
} from './loss.js';
export {
  boolean,
  choice,
  group,
  integer,
  list,
  number,
  parseParams,
  type Param,
  type ParamTable,
  type ParamValue,
  type ParamValues,
} from './params.js';
export { findLoss, losses } from './registry.js';
export { registryOf } from './registry-of.js';
export { loadLossPackages } from './packages/load-loss-packages.js';
export { hasPackage, packageLosses } from './packages/package-losses.js';
export { parseLossName, type LossName } from './packages/package-name.js';
export {
  bytesPerSample,
  describeLoss,
  describeOwned,
  type LossDescription,
  type ParamDescription,
  type SlotDescription,
} from './describe.js';
export {
  assignedShapes,
  assignTaps,
  checkPairs,
  resolveTaps,
  type GivenTaps,
  type TapAssignment,
  type TapOffer,
} from './taps.js';
export { activeSlots, numberedNames, slotOf } from './slots.js';
export { keyNumbers, type KeyNumbers } from './key-numbers.js';
export { settingOf, shapeMismatch, type SettingOptions } from './setting.js';
export { computeKey, keyShapes } from './keys.js';
export { checkImages, imageInputs, imageNames } from './image-inputs.js';
export { openLoss, type LossSession, type LossStep, type OpenOptions, type StateValues } from './session.js';
export { stepGradients, type StepGradients } from './step-gradients.js';
export { findOperator, operators } from './operators/registry.js';
export {
  defineOperator,
  type AnyOperator,
  type OperatorInput,
  type OperatorModule,
  type OperatorTensor,
} from './operators/operator.js';
export { runGolden, type CaseReport, type GoldenOptions, type GoldenReport } from './golden/run-golden.js';
export { goldenTable } from './golden/table.js';
export { compare, type Comparison } from './golden/comparison.js';
