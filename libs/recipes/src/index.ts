export { catalogue, recipeJsonSchema, type LibraryRecipe } from './catalogue.js';
export { lossProblems, sourcesOf, type CheckedLoss, type KeyGivers, type Problem } from './check-loss.js';
export { comparedResult, type ComparedResult } from './compared-result.js';
export type { DataChanges, DataConfig } from './data-schema.js';
export { dataSpecOf } from './data-spec-of.js';
export { stageDataOf } from './stage-data.js';
export {
  knnResult,
  metricResults,
  probeResult,
  verificationResult,
  type FeatureMetric,
  type Metric,
  type MetricOf,
} from './metric-schema.js';
export { parseRecipe } from './parse.js';
export { requireLossPackages } from './require-loss-packages.js';
/** Loads the losses of packages, so that recipes that name them can be checked. */
export { loadLossPackages } from '@lyceum/losses';
export { viewsOf } from './views-of.js';
export { taskOf } from './network-refs.js';
export { planRecipe, trainingOf } from './plan.js';
export {
  recipeSchema,
  type Combine,
  type LossEntry,
  type Recipe,
  type Stage,
  type WeightSchedule,
} from './schema.js';
export type { OptimizerConfig, Schedule, TrainingPlan } from './training-schema.js';
export {
  adaptersKey,
  checkpointPrefix,
  environmentKey,
  evaluationKey,
  peerKeysKey,
  selectionKey,
  taskSpecSchema,
  weightsKey,
  type CacheTask,
  type EvaluateTask,
  type SelectTask,
  type TaskNetwork,
  type PlannedTask,
  type TaskSpec,
  type TaskTeacher,
  type TrainTask,
} from './task-spec.js';
export { candidatesOf, choiceText, withChosen, type Choice } from './with-chosen.js';
export { learningRateAt, lossWeightAt } from './schedules.js';
