import { tf } from '@lyceum/engine';
import type { Random } from '@lyceum/random';
import type { LossInput } from './loss.js';

/** What each sample of a batch is compared with: one positive and K negatives, by training position. */
export interface Contrast {
  readonly batch: number;
  readonly negatives: number;
  readonly samples: number;
  /** Row-major `[batch, negatives + 1]`; column 0 is the positive. */
  readonly rows: Int32Array;
  /**
   * `[batch, samples]`: how often each sample is a negative, for the product with the whole memory. Absent when the
   * memory is so much larger than K that gathering the drawn rows is faster.
   */
  readonly counts?: tf.Tensor2D;
}

interface ContrastParams {
  readonly nceK: number;
  readonly mode: string;
}

/** The given rows `[N, K+1]`, or rows drawn for these samples from the step's stream. */
export function contrastOf(
  given: tf.Tensor2D | undefined,
  indices: tf.Tensor1D,
  input: Pick<LossInput, 'setting' | 'random'> & { readonly params: ContrastParams },
): Contrast {
  const samples = input.setting.sampleCount;
  if (given !== undefined) {
    const [batch, columns] = given.shape;
    return counted({ batch, negatives: columns - 1, samples, rows: given.dataSync<'int32'>() });
  }
  const anchors = indices.dataSync<'int32'>();
  const rows = drawRows(anchors, samples, input.setting.trainLabels, input.params, input.random('contrast'));
  return counted({ batch: anchors.length, negatives: input.params.nceK, samples, rows });
}

/**
 * Draws, for each anchor, its positive (itself, or with `relax` one of its class), then K samples of other classes
 * (all other samples when the labels are not known), without repetition while there are enough.
 */
export function drawRows(
  anchors: Int32Array,
  samples: number,
  labels: Int32Array | undefined,
  { nceK, mode }: ContrastParams,
  random: Random,
): Int32Array {
  const classes = labels ?? Int32Array.from({ length: samples }, (_, position) => position);
  const sizes = new Map<number, number>();
  for (const label of classes) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  const rows = new Int32Array(anchors.length * (nceK + 1));
  const stamps = new Int32Array(samples).fill(-1);
  anchors.forEach((anchor, row) => {
    const own = classes[anchor];
    const others = samples - (sizes.get(own) ?? 0);
    const place = row * (nceK + 1);
    rows[place] = mode === 'relax' ? pick(random, samples, (other) => classes[other] === own) : anchor;
    const target = rows.subarray(place + 1, place + 1 + nceK);
    // A split of one class has no negatives by class: any other sample has to do.
    if (others === 0) fill(target, () => pick(random, samples, (other) => other !== anchor));
    else if (nceK > others) fill(target, () => pick(random, samples, (other) => classes[other] !== own));
    else if (2 * nceK > others) target.set(shuffled(random, classes, own).subarray(0, nceK));
    else fill(target, () => pickOnce(random, classes, own, stamps, row));
  });
  return rows;
}

function fill(target: Int32Array, draw: () => number): void {
  for (let index = 0; index < target.length; index += 1) target[index] = draw();
}

function pick(random: Random, samples: number, accepts: (candidate: number) => boolean): number {
  for (;;) {
    const candidate = Math.floor(random.uniform() * samples);
    if (accepts(candidate)) return candidate;
  }
}

function pickOnce(
  random: Random,
  classes: Int32Array,
  own: number,
  stamps: Int32Array,
  stamp: number,
): number {
  for (;;) {
    const candidate = Math.floor(random.uniform() * classes.length);
    if (classes[candidate] === own || stamps[candidate] === stamp) continue;
    stamps[candidate] = stamp;
    return candidate;
  }
}

function shuffled(random: Random, classes: Int32Array, own: number): Int32Array {
  return random.permutation(classes.length).filter((other) => classes[other] !== own);
}

/** Inner products of anchors with memory rows; `counts` says how often each negative score enters. */
export interface ContrastScores {
  /** `[N]` */
  readonly positive: tf.Tensor1D;
  /** `[N, n]` or `[N, K]` */
  readonly negative: tf.Tensor2D;
  /** Of `negative`'s shape, or a scalar 1. */
  readonly counts: tf.Tensor;
}

/** Scores against `memory` `[n, D]`: with all of it where `counts` are kept, else with the gathered rows. */
export function contrastScores(memory: tf.Tensor2D, anchor: tf.Tensor2D, contrast: Contrast): ContrastScores {
  const { batch, negatives, rows, counts } = contrast;
  const columns = negatives + 1;
  const positives = Int32Array.from({ length: batch }, (_, row) => rows[row * columns]);
  const own = tf.gather(memory, tf.tensor1d(positives, 'int32'));
  const positive = tf.sum<tf.Tensor1D>(tf.mul(anchor, own), 1);
  if (counts !== undefined) return { positive, negative: tf.matMul(anchor, memory, false, true), counts };
  const drawn = tf.slice(tf.tensor2d(rows, [batch, columns], 'int32'), [0, 1], [batch, negatives]);
  const gathered = tf.reshape<tf.Rank.R3>(tf.gather(memory, tf.reshape(drawn, [-1])), [batch, negatives, -1]);
  const negative = tf.reshape<tf.Rank.R2>(tf.matMul(gathered, tf.expandDims(anchor, 2)), [batch, negatives]);
  return { positive, negative, counts: tf.scalar(1) };
}

/**
 * Adds the counts where they pay. The product with the whole memory takes N n D multiply-adds, at many times the
 * speed of gathering N K rows of D numbers.
 */
function counted(contrast: Contrast): Contrast {
  const { batch, negatives, samples, rows } = contrast;
  if (samples > 16 * (negatives + 1)) return contrast;
  const counts = new Float32Array(batch * samples);
  for (let row = 0; row < batch; row += 1) {
    const place = row * (negatives + 1);
    for (let column = 1; column <= negatives; column += 1) counts[row * samples + rows[place + column]] += 1;
  }
  return { ...contrast, counts: tf.tensor2d(counts, [batch, samples]) };
}
