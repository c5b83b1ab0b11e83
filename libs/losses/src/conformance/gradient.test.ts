import { startEngine, stopGradient, tf } from '@lyceum/engine';
import { createRandom } from '@lyceum/random';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AnyLoss, TensorMap } from '../loss.js';
import { findLoss, losses } from '../registry.js';
import { openLoss, type LossSession } from '../session.js';
import { exampleStep, type ExampleStep } from './example-step.js';
import { runExample } from './run-example.js';

const all = [...losses.values()].map((module) => [module.id, module] as const);
const directions = 6;

beforeAll(() => startEngine({ backend: 'auto' }));

/** The value with the inputs moved by `distance` along a direction, from one and the same state. */
function valueAlong(
  session: LossSession,
  example: ExampleStep,
  weights: TensorMap,
  along: Moves,
  distance: number,
): number {
  const moved = (values: Float32Array, name: string): Float32Array =>
    values.map((value, index) => value + distance * (along[name]?.[index] ?? 0));
  const student = Object.fromEntries(
    Object.entries(example.student).map(([name, values]) => [name, moved(values, `student.${name}`)]),
  );
  const state = session.exportState();
  const movedWeights = tf.tidy(() =>
    Object.fromEntries(
      Object.entries(weights).map(([name, tensor]) => [
        name,
        tf.tensor(moved(Float32Array.from(tensor.dataSync()), `weights.${name}`), tensor.shape),
      ]),
    ),
  );
  const { value } = runExample(session, { ...example, student }, movedWeights, 1);
  session.importState(state);
  return value;
}

type Moves = Readonly<Record<string, Float32Array>>;

/** Relative gap between the numeric and the analytic derivative along each direction, smallest over step sizes. */
function gaps(module: AnyLoss): readonly number[] {
  const example = exampleStep(module, { seed: 5 });
  const session = openLoss({ ...example.options, module, seed: 5 });
  const weights = session.initialWeights();
  runExample(session, example, weights, 0);
  const state = session.exportState();
  const { gradients } = runExample(session, example, weights, 1);
  session.importState(state);
  const size = Math.sqrt(
    Object.values(gradients).reduce((sum, g) => sum + g.reduce((s, x) => s + x * x, 0), 0),
  );
  return Array.from({ length: directions }, (_, index) => {
    const random = createRandom(index, 'direction', module.id);
    const along = Object.fromEntries(
      Object.entries(gradients).map(([name, g]) => [name, g.map(() => random.normal())]),
    );
    const analytic = Object.entries(gradients).reduce(
      (sum, [name, g]) => sum + g.reduce((s, x, i) => s + x * along[name][i], 0),
      0,
    );
    // Large steps are exact where the loss is smooth, small ones where it bends: the first good one is enough.
    let smallest = Infinity;
    for (const h of [3e-2, 1e-2, 3e-3, 1e-3, 3e-4]) {
      const ends = [h, -h].map((distance) => valueAlong(session, example, weights, along, distance));
      const numeric = (ends[0] - ends[1]) / (2 * h);
      smallest = Math.min(smallest, Math.abs(numeric - analytic) / (Math.abs(analytic) + size));
      if (smallest < 1e-3) break;
    }
    return smallest;
  });
}

it('the check sees a gradient that misses a path', () => {
  const ce = findLoss('ce');
  const broken: AnyLoss = {
    ...ce,
    value: (input) => ({
      value: ce.value({ ...input, student: { logits: stopGradient(input.student.logits) } }).value,
    }),
  };
  expect(Math.min(...gaps(broken))).toBeGreaterThan(0.5);
});

describe('the gradient is the numeric derivative along random directions', () => {
  it.each(all.filter(([, module]) => module.stopsGradients !== true))('%s', (_id, module) => {
    // Float32 and kinks (ReLU, |x|) cost some digits; a wrong factor or a missing path costs all of them.
    const sorted = [...gaps(module)].sort((a, b) => a - b);
    expect(
      sorted[Math.floor(directions / 2)],
      `gaps ${sorted.map((gap) => gap.toExponential(1)).join(', ')}`,
    ).toBeLessThan(5e-3);
    expect(sorted[directions - 1]).toBeLessThan(5e-2);
  });
});
