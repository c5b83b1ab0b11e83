import { tf } from '@lyceum/engine';
import { saveWeights } from '@lyceum/models';
import { lossWeightAt } from '@lyceum/recipes';
import { decodeSafetensors, hostTensor } from '@lyceum/tensor';
import { describe, expect, it } from 'vitest';
import type { StepNumbers } from './compute-api.js';
import { madeTraining, type MadeTraining } from './made-training.fixture.js';

const two = { teachers: { a: 'plain-cnn-2', b: 'plain-cnn-3' } };

function steps({ training, answers }: MadeTraining, first: number, end: number): StepNumbers[] {
  return Array.from({ length: end - first }, (_, i) => training.step(first + i, answers(first + i)));
}

const namesOf = (bytes: Uint8Array) => decodeSafetensors(bytes).tensors.map(({ name }) => name);

describe('losses of a step', () => {
  it.each([
    '{ name: constant }',
    '{ name: linear, to: 0, epochs: 1 }',
    '{ name: step, atEpochs: [1], factor: 0.1 }',
    '{ name: warm-up, epochs: 1.5 }',
  ])('add up by their weights, one of them by the schedule %s', async (schedule) => {
    const made = await madeTraining({
      losses: `{ loss: ce, weight: 2, weightSchedule: ${schedule} }, { loss: label-smoothing, weight: 0.5 }`,
    });
    const [ce] = made.task.losses;
    const { stepsPerEpoch } = made.prepared;
    for (const { step, loss, losses } of steps(made, 0, 2 * stepsPerEpoch)) {
      const weight = lossWeightAt(2, ce.weightSchedule, step / stepsPerEpoch);
      expect(loss).toBeCloseTo(weight * losses.ce + 0.5 * losses['label-smoothing'], 5);
    }
    expect(ce.weightSchedule?.name).toBe(/name: ([a-z-]+)/.exec(schedule)?.[1]);
  });

  it('read several taps of student and teacher as one slot', async () => {
    const made = await madeTraining({
      teachers: { a: 'plain-cnn-3' },
      losses:
        '{ loss: at, as: both, studentTaps: { layer: [f1, f2] }, teacherTaps: { layer: [f1, f2] } }, { loss: at, as: first, studentTaps: { layer: f1 }, teacherTaps: { layer: f1 } }, { loss: at, as: second, studentTaps: { layer: f2 }, teacherTaps: { layer: f2 } }',
    });
    const [{ losses }] = steps(made, 0, 1);
    expect(losses.both).toBeGreaterThan(0);
    expect(losses.both).toBeCloseTo(losses.first + losses.second, 6);
    expect(made.prepared.keyRequests[0].teacherTaps).toEqual({ layer1: 'f1', layer2: 'f2' });
  });
});

describe('several teachers', () => {
  it('teach by the average of what they say', async () => {
    const made = await madeTraining({
      ...two,
      losses:
        '{ loss: mse, combine: average }, { loss: mse, as: a, from: [a] }, { loss: mse, as: b, from: [b] }',
    });
    const answers = made.answers(0);
    const logits = (source: string, name: string) =>
      Float32Array.from(answers[source].find((t) => t.name === name)!.data);
    const [a, b] = [logits('a', 'mse/logits'), logits('b', 'mse/logits')];
    const { losses } = made.training.step(0, answers);
    // mean (s - (a + b) / 2)^2 = (mean (s - a)^2 + mean (s - b)^2) / 2 - mean (a - b)^2 / 4
    const apart = a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length;
    expect(losses.mse).toBeCloseTo((losses.a + losses.b) / 2 - apart / 4, 5);
    expect(made.prepared.keyRequests.map(({ withLogits }) => withLogits)).not.toContain(true);
  });

  it('are asked for their logits where these decide whom to believe', async () => {
    const made = await madeTraining({
      ...two,
      losses: '{ loss: at, combine: choice }, { loss: kd, combine: { name: attention, temperature: 3 } }',
    });
    expect(made.prepared.keyRequests.map(({ id, teacher, withLogits }) => [id, teacher, withLogits])).toEqual(
      [
        ['at', 'a', true],
        ['at', 'b', true],
        ['kd', 'a', true],
        ['kd', 'b', true],
      ],
    );
    const [first] = steps(made, 0, 1);
    expect(Number.isFinite(first.loss) && first.losses.at > 0 && first.losses.kd > 0).toBe(true);
  });

  it('give each sample to the one that knows it best', async () => {
    const made = await madeTraining({ ...two, losses: '{ loss: mse, combine: choice }' });
    const answers = made.answers(0);
    const labels = made.training.batches.labels(made.training.batches.names.name(0));
    const rows = labels.length;
    const picked = (source: 'a' | 'b', row: number) => (row % 2 === 0) === (source === 'a');
    const keys = Object.fromEntries(
      (['a', 'b'] as const).map((source) => {
        const data = Float32Array.from({ length: rows * 3 }, (_, i) => {
          const row = Math.floor(i / 3);
          return picked(source, row) && i % 3 === labels[row] ? 9 : 0;
        });
        const tensor = (name: string) => ({ name, dtype: 'f32' as const, shape: [rows, 3], data });
        return [source, [tensor('mse/logits'), tensor('logits')]];
      }),
    );
    const other = await madeTraining({ teachers: { a: 'plain-cnn-2' }, losses: '{ loss: mse }' });
    const best = Float32Array.from({ length: rows * 3 }, (_, i) =>
      i % 3 === labels[Math.floor(i / 3)] ? 9 : 0,
    );
    const expected = other.training.step(0, {
      a: [{ name: 'mse/logits', dtype: 'f32', shape: [rows, 3], data: best }],
    });
    expect(made.training.step(0, keys).loss).toBeCloseTo(expected.loss, 5);
    expect(Object.keys(answers)).toEqual(['a', 'b']);
  });

  it('are combined where their taps differ but their keys do not', async () => {
    const { training, answers } = await madeTraining({ ...two, losses: '{ loss: at, combine: average }' });
    expect(training.step(0, answers(0)).losses.at).toBeGreaterThan(0);
  });

  it.each([
    [
      '{ loss: fitnet, combine: average }',
      {},
      'losses[0].combine: average needs keys of one shape; "layer1" is [4, 4, 4] of "a" and [4, 4, 6] of "b"; give each teacher an entry of its own, by `from`',
    ],
    [
      '{ loss: at, combine: attention }',
      { teacherClasses: 7 },
      'losses[0].combine: "a" has 7 classes and the data 3',
    ],
  ])('can not be told %s', async (losses, more, message) => {
    await expect(madeTraining({ ...two, ...more, losses })).rejects.toThrow(message);
  });
});

describe('a loss of a package', () => {
  it('is refused where the operator did not allow the package', async () => {
    await expect(madeTraining({ losses: '{ loss: ce }, { loss: "gaps#gap" }' })).rejects.toMatchObject({
      reason: 'FORBIDDEN',
      message: expect.stringContaining(
        'losses[1].loss: package "gaps" is not allowed in this process',
      ) as string,
    });
  });
});

describe('adapters', () => {
  const options = { teachers: { a: 'plain-cnn-3' }, losses: '{ loss: ce }, { loss: fitnet }' };

  it('are trained and checkpointed with the student, and are not in what is exported', async () => {
    const made = await madeTraining(options);
    const before = namesOf(made.training.checkpoint([]));
    const adapters = before.filter((name) => name.startsWith('adapter/fitnet/'));
    expect(adapters.length).toBeGreaterThan(0);
    expect(made.prepared.adapterParameterCount).toBeGreaterThan(0);
    const valueOf = (bytes: Uint8Array, name: string) => [
      ...decodeSafetensors(bytes).tensors.find((tensor) => tensor.name === name)!.data,
    ];
    const start = made.training.checkpoint([]);
    steps(made, 0, 2);
    const after = made.training.checkpoint([]);
    const kernel = adapters.find((name) => name.includes('kernel'))!;
    expect(valueOf(after, kernel)).not.toEqual(valueOf(start, kernel));
    const exported = namesOf(saveWeights(made.model, {}));
    made.training.dispose();
    const alone = await madeTraining({ losses: '{ loss: ce }' });
    expect(exported).toEqual(namesOf(saveWeights(alone.model, {})));
    expect(exported.filter((name) => /adapter|fitnet|regressor/.test(name))).toEqual([]);
  });

  it('go on from a checkpoint as if nothing had happened', async () => {
    const whole = await madeTraining(options);
    const [, , ...expected] = steps(whole, 0, 4).map(({ loss }) => loss);
    const end = whole.training.checkpoint([]);
    whole.training.dispose();
    const half = await madeTraining(options);
    steps(half, 0, 2);
    const checkpoint = half.training.checkpoint([]);
    half.training.dispose();
    const resumed = await madeTraining(options);
    expect(resumed.training.restore(checkpoint).nextStep).toBe(2);
    expect(steps(resumed, 2, 4).map(({ loss }) => loss)).toEqual(expected);
    expect(resumed.training.checkpoint([])).toEqual(end);
    resumed.training.dispose();
  });

  it('of a training that could not be prepared do not stand in the way of the next', async () => {
    const wrong = '{ loss: ce }, { loss: fitnet }, { loss: ft, constants: made.safetensors }';
    const constants = { ft: [hostTensor('paraphraser.conv0.kernel', new Float32Array(1), [1])] };
    await expect(madeTraining({ ...options, losses: wrong, constants })).rejects.toThrow(
      '"paraphraser.conv0.kernel" must be f32',
    );
    const made = await madeTraining(options);
    expect(steps(made, 0, 1)).toHaveLength(1);
    made.training.dispose();
  });
});

describe('a batch', () => {
  it('leaves no tensors behind on the engine', async () => {
    const made = await madeTraining({ ...two, losses: '{ loss: ce }, { loss: kd, combine: attention }' });
    const keys = [0, 1, 2].map((step) => made.answers(step));
    made.training.step(0, keys[0]);
    const count = tf.memory().numTensors;
    made.training.step(1, keys[1]);
    made.training.step(2, keys[2]);
    expect(tf.memory().numTensors).toBe(count);
  });
});

describe('parts that are frozen', () => {
  it('stay to the last bit, moving statistics included, while the others learn', async () => {
    const made = await madeTraining({ losses: '{ loss: ce }', freeze: 'group1' });
    const values = () =>
      made.model.parameters.map(({ name, variable }) => [name, [...variable.dataSync()].join()] as const);
    const before = new Map(values());
    steps(made, 0, 2);
    const kept = values().flatMap(([name, value]) => (before.get(name) === value ? [name] : []));
    const frozen = made.model.parameters.map(({ name }) => name).filter((name) => name.startsWith('group1.'));
    expect(frozen).toContain('group1.bn1.running_mean');
    expect(kept).toEqual(frozen);
  });
});
