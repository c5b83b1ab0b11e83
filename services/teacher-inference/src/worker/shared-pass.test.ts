import { loadDataSet, type LoadedData } from '@lyceum/data';
import { startEngine, tf } from '@lyceum/engine';
import { invalidField } from '@lyceum/errors';
import { buildModel, type Model } from '@lyceum/models';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileKeys } from './compile-key.js';
import type { LoadedTeacher, PlannedKey } from './inference-api.js';
import { projected, sharedPass, type OpenPlan } from './shared-pass.js';

const batch = { kind: 'samples', indices: Int32Array.of(3, 0, 7, 1), view: 2 } as const;
let model: Model;
let data: LoadedData;

beforeAll(async () => {
  await startEngine({ backend: 'js' });
  data = await loadDataSet({ name: 'synthetic:8x8x1/3', trainLimit: 8, testLimit: 2 });
  model = buildModel({ architecture: 'plain-cnn-4', classCount: 3, inputShape: [8, 8, 1] }, 5);
});

function planOf(keys: readonly PlannedKey[], taps: readonly string[] = []): OpenPlan {
  const compiled = compileKeys(keys, model);
  const augmentation = { padCropPixels: 1, flip: true, cutoutPixels: 0, seed: 4 };
  return {
    plan: { teacher: 't', keys, taps, split: 'train', augmentation },
    teacher: { model, description: { inputShape: [8, 8, 1] } as unknown as LoadedTeacher },
    wanted: [...taps, ...compiled.flatMap((key) => key.taps)],
    programs: compiled.map(({ program }) => program),
    madeFrom: [],
    data,
  };
}

const keyOf = (loss: string): PlannedKey => ({
  ...{ id: loss, loss, params: {}, teacherTaps: {}, studentShapes: {}, frozen: [] },
});

describe('one forward pass for several plans', () => {
  it('gives each what it would have got alone, bit for bit', () => {
    const plans = [planOf([keyOf('kd')]), planOf([keyOf('sp')]), planOf([keyOf('rkd')], ['f1'])];
    const shared = sharedPass(plans, batch);
    const alone = plans.map((plan) => sharedPass([plan], batch)[0]);
    expect(shared.map(({ tensors }) => tensors?.map(({ name }) => name))).toEqual([
      ['kd/logits'],
      [expect.stringMatching(/^sp\//)],
      ['f1', expect.stringMatching(/^rkd\//)],
    ]);
    expect(shared).toEqual(alone);
  });

  it('gives besides what an answer can be made from again, bit for bit', () => {
    const keys = planOf([keyOf('sp'), keyOf('kd')]);
    const plan = { ...keys, madeFrom: keys.wanted };
    const [first] = sharedPass([plan, planOf([keyOf('rkd')])], batch);
    const wanted = keys.wanted.map((name) => [name, batch.indices.length]);
    expect(first.madeFrom?.map(({ name, shape }) => [name, shape[0]])).toEqual(wanted);
    const before = tf.memory().numTensors;
    expect(projected(plan, first.madeFrom ?? [], batch)).toEqual({ tensors: first.tensors });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('fails for the one whose key fails, with its error, and leaves no tensor behind', () => {
    const broken: OpenPlan = {
      ...planOf([], ['logits']),
      programs: [
        (outputs) => {
          tf.add(outputs.logits, 1);
          throw invalidField('keys[0].params', 'is not to my liking');
        },
      ],
    };
    const before = tf.memory().numTensors;
    const [first, second] = sharedPass([broken, planOf([keyOf('kd')])], batch);
    expect(first).toMatchObject({ error: { violations: [{ field: 'keys[0].params' }] } });
    expect(second.tensors).toHaveLength(1);
    expect(tf.memory().numTensors).toBe(before);
  });
});
