import { tf } from '@lyceum/engine';
import type { TensorMap } from './loss.js';
import type { LossSession, LossStep } from './session.js';

/** One step's value and derivatives, for callers that have no other loss to add. */
export interface StepGradients {
  readonly value: number;
  readonly terms: Readonly<Record<string, number>>;
  /** Derivative of factor * value by every student tap, named by slot; zeros where it does not depend on it. */
  readonly student: Readonly<Record<string, tf.Tensor>>;
  /** Derivative of factor * value by every adapter weight. */
  readonly weights: Readonly<Record<string, tf.Tensor>>;
  /** All that the value depends on, by `<slot>` or `weights.<name>`: an optimizer has to leave the others alone. */
  readonly touched: Readonly<Record<string, tf.Tensor>>;
}

/**
 * Applies a session and differentiates it. The gradients are the caller's; state is committed.
 * @param factor of the gradients, the loss's weight in a total. It is part of what is differentiated, so that the
 *   gradients are to the last bit those that the total would have; multiplied afterwards they would round differently.
 * @throws LyceumError as `LossSession.apply` does.
 */
export function stepGradients(session: LossSession, step: LossStep, factor = 1): StepGradients {
  const student = asVariables(step.student);
  const weights = asVariables(step.weights ?? {});
  const terms: Record<string, number> = {};
  let value = NaN;
  try {
    const { value: weighted, grads } = tf.variableGrads(() => {
      const output = session.apply({ ...step, student, weights });
      // Tensors made here are gone when the gradient is known.
      for (const [name, term] of Object.entries(output.terms ?? {})) terms[name] = term.dataSync()[0];
      value = output.value.dataSync()[0];
      return tf.mul<tf.Scalar>(output.value, factor);
    }, [...Object.values(student), ...Object.values(weights)]);
    weighted.dispose();
    const derivatives = (variables: Variables): Record<string, tf.Tensor> =>
      Object.fromEntries(
        Object.entries(variables).map(([name, of]) => [name, grads[of.name] ?? tf.zeros(of.shape)]),
      );
    const named = [
      ...Object.entries(student),
      ...Object.entries(weights).map(([name, weight]) => [`weights.${name}`, weight] as const),
    ];
    const touched = Object.fromEntries(
      named.flatMap(([name, of]) => (of.name in grads ? [[name, grads[of.name]] as const] : [])),
    );
    return { value, terms, student: derivatives(student), weights: derivatives(weights), touched };
  } finally {
    for (const variable of [...Object.values(student), ...Object.values(weights)]) variable.dispose();
  }
}

type Variables = Readonly<Record<string, tf.Variable>>;

function asVariables(tensors: TensorMap): Variables {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tf.variable(tensor)]));
}
