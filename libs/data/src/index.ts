// Loading.
export { loadDataSet, type DataSpec, type LoadOptions, type TrainSource } from './load-data-set.js';
export { viewedAt } from './viewed-at.js';
export {
  type DataProgress,
  type DataSet,
  type LoadedData,
  type Normalization,
  type OnProgress,
  type Shape,
  type Split,
  type SplitName,
} from './data-set.js';
export { nuisanceNames, type Nuisance } from './nuisance/nuisance.js';
export { dataCacheFolder } from './cache-folder.js';

// Names.
export { dataSets, isDataSetName, listDataSets, type DataSetDescription } from './registry.js';

// Batches.
export { batchesPerEpoch, batchIndices, batchOrder, type OrderName } from './batches/batch-order.js';
export { fillBatch } from './batches/fill-batch.js';
export { normalizePixels } from './batches/normalize-pixels.js';
export {
  cutoutLimit,
  isBatchBound,
  leavesPixels,
  padCropLimit,
  type Augmentation,
} from './batches/augmentation.js';
export { withLock } from './supply/with-lock.js';
