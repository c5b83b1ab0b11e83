import { startEngine } from '@lyceum/engine';
import { decodeHalf, encodeHalf } from '@lyceum/tensor';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { KeySet } from '../loss.js';
import { losses } from '../registry.js';
import { openLoss } from '../session.js';
import { exampleStep, type ExampleStep } from './example-step.js';
import { mapTensors, runExample, type Change } from './run-example.js';

const all = [...losses.values()].map((module) => [module.id, module] as const);

beforeAll(() => startEngine({ backend: 'auto' }));

const cases = fc.record({
  seed: fc.integer({ min: 0, max: 1e6 }),
  batch: fc.integer({ min: 1, max: 5 }),
  scale: fc.constantFrom(1e-3, 0.3, 1, 10),
  temperature: fc.double({ min: 0.5, max: 20, noNaN: true }),
  half: fc.boolean(),
  oneClass: fc.boolean(),
  student: fc.constantFrom('as drawn', 'zero row', 'all zero', 'identical rows'),
  teacher: fc.constantFrom('as drawn', 'zero row', 'all zero', 'identical rows', 'as student'),
});

type Degenerate = 'as drawn' | 'zero row' | 'all zero' | 'identical rows';

function degenerate(values: Float32Array, batch: number, how: Degenerate): Float32Array {
  const width = values.length / batch;
  return values.map((value, index) => {
    if (how === 'all zero' || (how === 'zero row' && index < width)) return 0;
    return how === 'identical rows' ? values[index % width] : value;
  });
}

function changed(
  example: ExampleStep,
  how: { student: Degenerate; teacher: Degenerate | 'as student'; oneClass: boolean },
): ExampleStep {
  const { batch } = example;
  const student = mapValues(example.student, (values) => degenerate(values, batch, how.student));
  const teacher = mapValues(example.teacher, (values, name) => {
    if (how.teacher !== 'as student') return degenerate(values, batch, how.teacher);
    const same = student[name.split('/')[1]];
    return same?.length === values.length ? same : values;
  });
  return { ...example, student, teacher, labels: how.oneClass ? example.labels.fill(2) : example.labels };
}

function mapValues(
  values: Readonly<Record<string, Float32Array>>,
  change: (values: Float32Array, name: string) => Float32Array,
): Record<string, Float32Array> {
  return Object.fromEntries(Object.entries(values).map(([name, data]) => [name, change(data, name)]));
}

const halved: Change = (step) => ({
  ...step,
  keys: (step.keys as readonly KeySet[]).map(({ source, tensors }) => ({
    source,
    tensors: mapTensors(tensors, roundToHalf),
  })),
});

function roundToHalf(values: Float32Array): Float32Array {
  const rounded = new Float32Array(values.length);
  decodeHalf(encodeHalf(values), rounded);
  return rounded;
}

describe('value and gradients are finite for zero rows, identical samples, one class, one sample and fp16 keys', () => {
  it.each(all)('%s', (id, module) => {
    fc.assert(
      fc.property(cases, ({ seed, batch, scale, temperature, half, oneClass, ...how }) => {
        const params = 'temperature' in module.params ? { temperature } : {};
        const example = changed(exampleStep(module, { seed, batch, scale, params }), { ...how, oneClass });
        const session = openLoss({ ...example.options, id, seed });
        const weights = session.initialWeights();
        for (const step of module.state === undefined ? [0] : [0, 1]) {
          const result = runExample(session, example, weights, step, half ? halved : undefined);
          expect(result.value).toSatisfy(Number.isFinite);
          for (const [name, gradient] of Object.entries(result.gradients)) {
            expect(gradient.every(Number.isFinite), name).toBe(true);
          }
        }
        session.dispose();
        for (const tensor of Object.values(weights)) tensor.dispose();
      }),
      { numRuns: 200, seed: 7 },
    );
  });
});
