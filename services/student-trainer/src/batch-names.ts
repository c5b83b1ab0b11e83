import { batchesPerEpoch, batchIndices, batchOrder } from '@lyceum/data';
import type { TrainTask } from '@lyceum/recipes';

/** Indices of a batch and its view: the name by which everybody can rebuild its pixels. */
export interface BatchName {
  readonly indices: Int32Array;
  readonly view: number;
}

/** What decides about batches. */
type BatchPlan = Pick<TrainTask, 'dataSeed'> & {
  readonly data: Pick<TrainTask['data'], 'views'>;
  readonly training: Pick<TrainTask['training'], 'batchSize'>;
};

/** The batches of a training by step: which samples, in which order, in which view; all from the seed. */
export class BatchNames {
  readonly stepsPerEpoch: number;
  private order: { epoch: number; indices: Int32Array } | undefined;

  constructor(
    private readonly task: BatchPlan,
    private readonly sampleCount: number,
    /** Whether batches are trained on: a last one of a single sample has no batch statistics to speak of. */
    isTrainedOn = true,
  ) {
    const { batchSize } = task.training;
    this.stepsPerEpoch = batchesPerEpoch(
      sampleCount,
      batchSize,
      isTrainedOn && sampleCount % batchSize === 1,
    );
  }

  name(step: number): BatchName {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    const { views } = this.task.data;
    const indices = batchIndices(
      this.orderOf(epoch),
      this.task.training.batchSize,
      step % this.stepsPerEpoch,
    );
    return { indices, view: views === 'fresh' ? epoch : epoch % views };
  }

  private orderOf(epoch: number): Int32Array {
    if (this.order?.epoch !== epoch) {
      this.order = {
        epoch,
        indices: batchOrder({ seed: this.task.dataSeed, epoch, count: this.sampleCount }),
      };
    }
    return this.order.indices;
  }
}
