import { avgPool, conv2dExplicit, globalAvgPool, relu, tf } from '@lyceum/engine';
import { batchNormAdapter, batchNormState, batchNormWeights } from './adapter-batch-norm.js';
import { denseWeights } from './dense.js';
import type { OwnedTensor, Shape, TensorMap } from './loss.js';
import { shapeMismatch } from './setting.js';

/** The top of a wide residual network: one stage of pre-activation blocks and the classifier. */
export interface Bridge {
  readonly inputs: number;
  readonly width: number;
  readonly classes: number;
  readonly blocks: number;
  /** Of the first block; the others have 1. */
  readonly stride: number;
  /** Side of the pooling window; 0: the whole map. */
  readonly pool: number;
}

const prefix = 'bridge';

/** Names of the batch norms with their channels. */
function norms(bridge: Bridge): readonly (readonly [name: string, channels: number])[] {
  const blocks = Array.from({ length: bridge.blocks }, (_, index) => [
    [`${prefix}.block${index}.bn1`, index === 0 ? bridge.inputs : bridge.width] as const,
    [`${prefix}.block${index}.bn2`, bridge.width] as const,
  ]);
  return [...blocks.flat(), [`${prefix}.bn`, bridge.width]];
}

/**
 * Refuses a map that the bridge does not bring to one place.
 * @throws LyceumError TAPS_DO_NOT_MATCH naming the teacher's tap.
 */
export function checkBridge({ inputs, width, stride, pool }: Bridge, map: Shape): void {
  const field = 'teacher.layer2';
  if (stride !== 1 && inputs === width)
    throw shapeMismatch(field, `a stride of ${stride} needs another width than its ${inputs} channels`);
  const sides = map.slice(0, 2).map((side) => Math.floor((side - 1) / stride) + 1);
  if (pool === 0 || sides.every((side) => Math.floor(side / pool) === 1)) return;
  const found = `a ${sides.join('x')} map, pooled by ${pool}x${pool}`;
  throw shapeMismatch(field, `the bridge must end in one place, found ${found}; pool 0 takes the whole map`);
}

/** `bridge.block<i>.{bn1,bn2,conv1,conv2,shortcut}`, `bridge.bn` and `bridge.fc`; convolutions have no bias. */
export function bridgeWeights(bridge: Bridge): readonly OwnedTensor[] {
  const { inputs, width, classes, blocks } = bridge;
  const kernel = (name: string, side: number, from: number): OwnedTensor => {
    const standardDeviation = Math.sqrt(2 / (side * side * width));
    return { name, shape: [side, side, from, width], initializer: { kind: 'normal', standardDeviation } };
  };
  return [
    ...Array.from({ length: blocks }, (_, index) => [
      kernel(`${prefix}.block${index}.conv1.kernel`, 3, index === 0 ? inputs : width),
      kernel(`${prefix}.block${index}.conv2.kernel`, 3, width),
    ]).flat(),
    ...(inputs === width ? [] : [kernel(`${prefix}.block0.shortcut.kernel`, 1, inputs)]),
    ...norms(bridge).flatMap(([name, channels]) => batchNormWeights(name, channels)),
    ...denseWeights(`${prefix}.fc`, width, classes),
  ];
}

/** Moving statistics of its batch norms. */
export function bridgeState(bridge: Bridge): readonly OwnedTensor[] {
  return norms(bridge).flatMap(([name, channels]) => batchNormState(name, channels));
}

/**
 * Runs the bridge in training mode on the map ahead of its stage, `[N, H, W, inputs]` before its batch norm:
 * block: bn1, ReLU, 3x3, bn2, ReLU, 3x3, plus the block's input, or where widths differ a 1x1 of it after bn1 and ReLU;
 * then batch norm, ReLU, average pooling and the classifier.
 */
export function applyBridge(
  map: tf.Tensor4D,
  { inputs, width, blocks, stride, pool }: Bridge,
  weights: TensorMap,
  state: TensorMap,
): { readonly logits: tf.Tensor2D; readonly state: TensorMap } {
  const next: Record<string, tf.Tensor> = {};
  const activated = (x: tf.Tensor4D, name: string): tf.Tensor4D => {
    const normal = batchNormAdapter(x, name, weights, state);
    Object.assign(next, normal.state);
    return relu(normal.output);
  };
  const convolved = (x: tf.Tensor4D, name: string, step: number, pad: number): tf.Tensor4D =>
    conv2dExplicit(x, weights[`${name}.kernel`] as tf.Tensor4D, step, pad);
  let x = map;
  for (let index = 0; index < blocks; index += 1) {
    const name = `${prefix}.block${index}`;
    const step = index === 0 ? stride : 1;
    const first = activated(x, `${name}.bn1`);
    const second = activated(convolved(first, `${name}.conv1`, step, 1), `${name}.bn2`);
    const isWider = index === 0 && inputs !== width;
    const shortcut = isWider ? convolved(first, `${name}.shortcut`, step, 0) : x;
    x = tf.add(convolved(second, `${name}.conv2`, 1, 1), shortcut);
  }
  const top = activated(x, `${prefix}.bn`);
  const pooled =
    pool === 0 ? globalAvgPool(top) : tf.reshape<tf.Rank.R2>(avgPool(top, pool, pool), [-1, width]);
  const product = tf.matMul(pooled, weights[`${prefix}.fc.kernel`]);
  return { logits: tf.add(product, weights[`${prefix}.fc.bias`]), state: next };
}
