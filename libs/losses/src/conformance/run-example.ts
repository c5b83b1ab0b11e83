import { tf } from '@lyceum/engine';
import { scoped, valuesOf } from '../golden/gradients.js';
import type { TensorMap } from '../loss.js';
import type { LossSession, LossStep } from '../session.js';
import { stepGradients } from '../step-gradients.js';
import { exampleTensors } from './example-tensors.js';
import type { ExampleStep } from './example-step.js';

/** What one step gave, off the engine. */
export interface ExampleResult {
  readonly value: number;
  readonly terms: Readonly<Record<string, number>>;
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
    const ran = stepGradients(session, { ...inputs, weights, step });
    const gradients = [
      ...Object.entries(ran.student).map(([name, tensor]) => [`student.${name}`, valuesOf(tensor)] as const),
      ...Object.entries(ran.weights).map(([name, tensor]) => [`weights.${name}`, valuesOf(tensor)] as const),
    ];
    return { value: ran.value, terms: ran.terms, gradients: Object.fromEntries(gradients) };
  });
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
