import { tf } from '@lyceum/engine';
import { gradientsOf, hostValues, scoped } from '../golden/gradients.js';
import type { TensorMap } from '../loss.js';
import type { LossSession, LossStep } from '../session.js';
import { exampleTensors } from './example-tensors.js';
import type { ExampleStep } from './example-step.js';

/** What one step gave, off the engine. */
export interface ExampleResult {
  readonly value: number;
  readonly terms: Readonly<Record<string, Float32Array>>;
  /** By `student.<slot>` and `weights.<name>`. */
  readonly gradients: Readonly<Record<string, Float32Array>>;
}

/** Changes an example's tensors before the step, for instance rounds its keys. */
export type Change = (step: Omit<LossStep, 'step' | 'weights'>) => Omit<LossStep, 'step' | 'weights'>;

/** Runs one step of a session on an example: value, terms and all gradients. The state moves on. */
export function runExample(
  session: LossSession,
  example: ExampleStep,
  weights: TensorMap,
  step = 0,
  change: Change = (same) => same,
): ExampleResult {
  return scoped(() => {
    const inputs = change(exampleTensors(example, session));
    const named = [
      ...Object.entries(inputs.student).map(([name, tensor]) => [`student.${name}`, tensor] as const),
      ...Object.entries(weights).map(([name, tensor]) => [`weights.${name}`, tensor] as const),
    ];
    const ran = gradientsOf(Object.fromEntries(named), (variables) => {
      const output = session.apply({
        ...inputs,
        step,
        student: under('student.', variables),
        weights: under('weights.', variables),
      });
      return { value: output.value, result: hostValues(output.terms ?? {}) };
    });
    return { value: ran.value, terms: ran.result, gradients: ran.gradients };
  });
}

function under(prefix: string, tensors: TensorMap): TensorMap {
  const found = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(found.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

/** The same numbers as other tensors, for inputs that a test changes. */
export function mapTensors(
  tensors: TensorMap,
  change: (values: Float32Array, name: string) => Float32Array,
): TensorMap {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => {
      const values = Float32Array.from(tensor.dataSync());
      return [name, tf.tensor(change(values, name), tensor.shape)];
    }),
  );
}
