import { tf } from '@lyceum/engine';
import type { Random } from '@lyceum/random';
import type { LossInput } from './loss.js';

/**
 * Draws what each sample of a batch is compared with, `[N, K+1]`: in column 0 its positive, then K samples of other
 * classes (all other samples, when the training labels are not known), without repetition while there are enough.
 */
export function drawContrast(
  indices: tf.Tensor1D,
  { setting, params, random }: Pick<LossInput, 'setting' | 'random'> & { readonly params: ContrastParams },
): tf.Tensor2D {
  const anchors = indices.dataSync<'int32'>();
  const { nceK, mode } = params;
  const draw = negativeDrawer(setting.sampleCount, setting.trainLabels, random('contrast'));
  const rows = new Int32Array(anchors.length * (nceK + 1));
  anchors.forEach((anchor, row) => {
    const start = row * (nceK + 1);
    rows[start] = mode === 'relax' ? draw.positive(anchor) : anchor;
    rows.set(draw.negatives(anchor, nceK), start + 1);
  });
  return tf.tensor2d(rows, [anchors.length, nceK + 1], 'int32');
}

interface ContrastParams {
  readonly nceK: number;
  readonly mode: string;
}

interface Drawer {
  positive(anchor: number): number;
  negatives(anchor: number, count: number): Int32Array;
}

function negativeDrawer(sampleCount: number, labels: Int32Array | undefined, random: Random): Drawer {
  const classSizes = new Map<number, number>();
  for (const label of labels ?? []) classSizes.set(label, (classSizes.get(label) ?? 0) + 1);
  const alike = (anchor: number, other: number): boolean =>
    labels === undefined ? anchor === other : labels[anchor] === labels[other];
  const others = (anchor: number): number =>
    sampleCount - (labels === undefined ? 1 : (classSizes.get(labels[anchor]) ?? 0));
  const stamps = new Int32Array(sampleCount);
  let stamp = 0;

  const anyOf = (accept: (candidate: number) => boolean): number => {
    for (;;) {
      const candidate = random.integer(sampleCount);
      if (accept(candidate)) return candidate;
    }
  };
  const fewOf = (anchor: number, count: number, repeat: boolean): Int32Array => {
    stamp += 1;
    return Int32Array.from({ length: count }, () => {
      const found = anyOf((other) => !alike(anchor, other) && (repeat || stamps[other] !== stamp));
      stamps[found] = stamp;
      return found;
    });
  };
  const mostOf = (anchor: number, count: number): Int32Array =>
    random
      .permutation(sampleCount)
      .filter((other) => !alike(anchor, other))
      .subarray(0, count);

  return {
    positive: (anchor) => anyOf((other) => alike(anchor, other)),
    negatives: (anchor, count) => {
      const available = others(anchor);
      // A split of one class has no negatives by class: any other sample has to do.
      if (available === 0)
        return Int32Array.from({ length: count }, () => anyOf((other) => other !== anchor));
      if (2 * count <= available) return fewOf(anchor, count, false);
      return count <= available ? mostOf(anchor, count) : fewOf(anchor, count, true);
    },
  };
}

/**
 * Positions without repetition: where a batch holds a sample twice its last row counts, in every backend. `rows`
 * picks those rows; absent when there is nothing to drop.
 */
export function lastRows(indices: tf.Tensor1D): {
  readonly positions: tf.Tensor1D;
  readonly rows?: tf.Tensor1D;
} {
  const values = indices.dataSync<'int32'>();
  const last = new Map<number, number>();
  values.forEach((position, row) => last.set(position, row));
  if (last.size === values.length) return { positions: indices };
  return {
    positions: tf.tensor1d([...last.keys()], 'int32'),
    rows: tf.tensor1d([...last.values()], 'int32'),
  };
}
