import { tf } from '@lyceum/engine';
import type { TensorMap } from '../loss.js';

export interface Gradients<R> {
  /** What the function returned beside its scalar. */
  readonly result: R;
  readonly value: number;
  /** By input; zeros where the scalar does not depend on it. */
  readonly gradients: Readonly<Record<string, Float32Array>>;
}

/**
 * Runs a scalar function of named tensors and its gradient by each of them. What else the function returns must be
 * off the engine: its tensors are gone afterwards.
 */
export function gradientsOf<R>(
  inputs: TensorMap,
  run: (inputs: TensorMap) => { readonly value: tf.Scalar; readonly result: R },
): Gradients<R> {
  const variables = Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [name, tf.variable(tensor)]),
  );
  const results: R[] = [];
  try {
    return scoped(() => {
      const { value, grads } = tf.variableGrads(() => {
        const output = run(variables);
        results.push(output.result);
        return output.value;
      }, Object.values(variables));
      const entries = Object.entries(variables).map(([name, variable]) => [
        name,
        valuesOf(grads[variable.name] ?? tf.zeros(variable.shape)),
      ]);
      return {
        result: results[0],
        value: value.dataSync()[0],
        gradients: Object.fromEntries(entries) as Record<string, Float32Array>,
      };
    });
  } finally {
    for (const variable of Object.values(variables)) variable.dispose();
  }
}

/** Runs a function whose result is off the engine, and disposes of all tensors it made. */
export function scoped<R>(run: () => R): R {
  tf.engine().startScope();
  try {
    return run();
  } finally {
    tf.engine().endScope();
  }
}

/** A tensor's numbers on the host. */
export function valuesOf(tensor: tf.Tensor): Float32Array {
  return Float32Array.from(tensor.dataSync());
}

/** Numbers of named tensors on the host. */
export function hostValues(tensors: TensorMap): Readonly<Record<string, Float32Array>> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, valuesOf(tensor)]));
}
