import { conv2dExplicit, resizeMap, tf } from '@lyceum/engine';
import { batchNormAdapter, batchNormState, batchNormWeights } from './adapter-batch-norm.js';
import type { OwnedTensor, ShapeMap, TensorMap } from './loss.js';
import { numberedNames } from './slots.js';

/** Knowledge review's fusion of a student's maps, deepest first, into maps of the teacher's shapes. */
export interface Fusion {
  readonly studentShapes: ShapeMap;
  readonly teacherShapes: ShapeMap;
  /** Channels that the maps meet in. */
  readonly midChannels: number;
  readonly eps: number;
  readonly momentum: number;
}

/** Level 1 is the shallowest; the deepest has nothing to fuse with, so no attention. */
export function fusionWeights(fusion: Fusion): readonly OwnedTensor[] {
  const { midChannels, studentShapes, teacherShapes } = fusion;
  return levels(fusion).flatMap(({ layer, abf, deepest }) => {
    const [inputs, outputs] = [studentShapes[layer][2], teacherShapes[layer][2]];
    const attention = 1 / Math.sqrt(2 * midChannels);
    return [
      kernel(`${abf}.conv1`, [1, 1, inputs, midChannels], Math.sqrt(3 / inputs)),
      ...batchNormWeights(`${abf}.bn1`, midChannels),
      kernel(`${abf}.conv2`, [3, 3, midChannels, outputs], Math.sqrt(3 / (9 * midChannels))),
      ...batchNormWeights(`${abf}.bn2`, outputs),
      ...(deepest
        ? []
        : [
            kernel(`${abf}.att`, [1, 1, 2 * midChannels, 2], attention),
            {
              name: `${abf}.att.bias`,
              shape: [2],
              initializer: { kind: 'uniform', bound: attention } as const,
            },
          ]),
    ];
  });
}

export function fusionState(fusion: Fusion): readonly OwnedTensor[] {
  return levels(fusion).flatMap(({ layer, abf }) => [
    ...batchNormState(`${abf}.bn1`, fusion.midChannels),
    ...batchNormState(`${abf}.bn2`, fusion.teacherShapes[layer][2]),
  ]);
}

/** The fused maps by layer, each of the teacher's shape, and the batch norms' next statistics. */
export function fuse(
  student: TensorMap,
  fusion: Fusion,
  weights: TensorMap,
  state: TensorMap,
): { readonly maps: TensorMap; readonly state: TensorMap } {
  const next: Record<string, tf.Tensor> = {};
  const maps: Record<string, tf.Tensor> = {};
  const normal = (x: tf.Tensor4D, name: string): tf.Tensor4D => {
    const { output, state: moved } = batchNormAdapter(x, name, weights, state, fusion);
    Object.assign(next, moved);
    return output;
  };
  let residual: tf.Tensor4D | undefined;
  for (const { layer, abf } of levels(fusion)) {
    const map = student[layer] as tf.Tensor4D;
    const own = normal(
      conv2dExplicit(map, weights[`${abf}.conv1.kernel`] as tf.Tensor4D, 1, 0),
      `${abf}.bn1`,
    );
    const mixed = residual === undefined ? own : mix(own, residual, abf, weights);
    const [height, width] = fusion.teacherShapes[layer];
    // At the teacher's size from here on, and so it is passed on.
    residual = resizeMap(mixed, height, width, 'nearest');
    const output = conv2dExplicit(residual, weights[`${abf}.conv2.kernel`] as tf.Tensor4D, 1, 1);
    maps[layer] = normal(output, `${abf}.bn2`);
  }
  return { maps, state: next };
}

/** Own map and deeper residual, each weighed place by place by a sigmoid attention over both. */
function mix(own: tf.Tensor4D, deeper: tf.Tensor4D, abf: string, weights: TensorMap): tf.Tensor4D {
  const [, height, width] = own.shape;
  const residual = resizeMap(deeper, height, width, 'nearest');
  const both = tf.concat([own, residual], 3);
  const scores = conv2dExplicit(both, weights[`${abf}.att.kernel`] as tf.Tensor4D, 1, 0);
  const [left, right] = tf.split(tf.sigmoid(tf.add(scores, weights[`${abf}.att.bias`])), 2, 3);
  return tf.add(tf.mul(own, left), tf.mul(residual, right));
}

function levels({ studentShapes }: Fusion): { layer: string; abf: string; deepest: boolean }[] {
  const layers = numberedNames('layer', Object.keys(studentShapes));
  return layers.reverse().map((layer, index) => ({
    layer,
    abf: layer.replace('layer', 'abf'),
    deepest: index === 0,
  }));
}

function kernel(name: string, shape: readonly number[], bound: number): OwnedTensor {
  return { name: `${name}.kernel`, shape, initializer: { kind: 'uniform', bound } };
}
