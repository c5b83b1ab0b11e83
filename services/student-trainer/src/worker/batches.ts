import { fillBatch, viewedAt, type LoadedData } from '@lyceum/data';
import { tf } from '@lyceum/engine';
import type { TrainTask } from '@lyceum/recipes';
import { BatchNames, type BatchName } from '../batch-names.js';

/** Pixels and labels of a training's batches. */
export class Batches {
  readonly names: BatchNames;
  private readonly whole: LoadedData;

  constructor(
    private readonly task: TrainTask,
    /** As the network sees it. */
    private readonly data: LoadedData,
  ) {
    this.names = new BatchNames(task, data.train.count);
    this.whole = viewedAt(data, undefined);
  }

  /** As the network in training sees them. */
  images(name: BatchName): tf.Tensor4D {
    return this.filled(this.data, name);
  }

  /** The same crops in full: the images themselves where the network sees them so. */
  wholeImages(name: BatchName, seen: tf.Tensor4D): tf.Tensor4D {
    return this.whole === this.data ? seen : this.filled(this.whole, name);
  }

  private filled(data: LoadedData, { indices, view }: BatchName): tf.Tensor4D {
    const augmentation = { ...this.task.data.augmentation, seed: this.task.dataSeed };
    const pixels = fillBatch(data, 'train', indices, view, augmentation);
    return tf.tensor4d(pixels, [indices.length, ...data.shape]);
  }

  labels({ indices }: BatchName): Int32Array {
    return Int32Array.from(indices, (index) => this.data.train.labels[index]);
  }
}
