import { fillBatch, type LoadedData } from '@lyceum/data';
import { tf } from '@lyceum/engine';
import type { TrainTask } from '@lyceum/recipes';
import { BatchNames, type BatchName } from '../batch-names.js';

/** Pixels and labels of a training's batches. */
export class Batches {
  readonly names: BatchNames;

  constructor(
    private readonly task: TrainTask,
    private readonly data: LoadedData,
  ) {
    this.names = new BatchNames(task, data.train.count);
  }

  images({ indices, view }: BatchName): tf.Tensor4D {
    const augmentation = { ...this.task.data.augmentation, seed: this.task.dataSeed };
    const pixels = new Float32Array(indices.length * this.data.sampleSize);
    fillBatch(this.data, 'train', indices, view, augmentation, pixels);
    return tf.tensor4d(pixels, [indices.length, ...this.data.shape]);
  }

  labels({ indices }: BatchName): Int32Array {
    return Int32Array.from(indices, (index) => this.data.train.labels[index]);
  }
}
