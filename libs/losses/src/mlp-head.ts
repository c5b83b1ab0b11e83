import { relu, tf } from '@lyceum/engine';
import { batchNormAdapter, batchNormState, batchNormWeights } from './adapter-batch-norm.js';
import { denseWeights } from './dense.js';
import type { OwnedTensor, TensorMap } from './loss.js';

/** One dense layer of a head; `active`: batch norm and ReLU follow it. */
export interface HeadLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly active: boolean;
}

/** Weights `<name>.dense<i>.kernel`, `.bias` and `<name>.bn<i>.gamma`, `.beta`, with the layers' numbers from 0. */
export function headWeights(name: string, layers: readonly HeadLayer[]): readonly OwnedTensor[] {
  return layers.flatMap(({ inputs, outputs, active }, index) => [
    ...denseWeights(`${name}.dense${index}`, inputs, outputs),
    ...(active ? batchNormWeights(`${name}.bn${index}`, outputs) : []),
  ]);
}

/** Moving statistics of the head's batch norms. */
export function headState(name: string, layers: readonly HeadLayer[]): readonly OwnedTensor[] {
  return layers.flatMap(({ outputs, active }, index) =>
    active ? batchNormState(`${name}.bn${index}`, outputs) : [],
  );
}

/** Runs the head in training mode on `[N, inputs]`; without layers it is the identity. */
export function applyHead(
  x: tf.Tensor2D,
  name: string,
  layers: readonly HeadLayer[],
  weights: TensorMap,
  state: TensorMap,
): { readonly output: tf.Tensor2D; readonly state: TensorMap } {
  return layers.reduce<{ readonly output: tf.Tensor2D; readonly state: TensorMap }>(
    (before, { active }, index) => {
      const product = tf.matMul(before.output, weights[`${name}.dense${index}.kernel`]);
      const output = tf.add<tf.Tensor2D>(product, weights[`${name}.dense${index}.bias`]);
      if (!active) return { ...before, output };
      const normal = batchNormAdapter(output, `${name}.bn${index}`, weights, state);
      return { output: relu(normal.output), state: { ...before.state, ...normal.state } };
    },
    { output: x, state: {} },
  );
}
