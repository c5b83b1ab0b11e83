import { afterEach, describe, expect, it } from 'vitest';
import type { KeyOptions } from './compute-api.js';
import { requestedKeys } from './key-requests.js';
import { madeTraining, type MadeTraining } from './made-training.fixture.js';

let made: MadeTraining | undefined;
afterEach(() => {
  made?.training.dispose();
  for (const model of made?.teachers.values() ?? []) model.dispose();
  made = undefined;
});

const teachers = { one: 'plain-cnn-2', two: 'plain-cnn-4' };
const losses =
  '{ loss: at, from: [one] }, { loss: kd, as: soft, combine: attention, params: { temperature: 2 } }';

async function optionsOf(more = ''): Promise<{ options: KeyOptions; training: MadeTraining }> {
  const training = await madeTraining({ losses: `${losses}${more}`, teachers, data: '{ viewPixels: 4 }' });
  made = training;
  const taps = [...training.teachers].map(([name, { taps }]) => [name, taps] as const);
  return {
    options: { task: training.task, teacherTaps: Object.fromEntries(taps), remoteLosses: {} },
    training,
  };
}

describe('keys that are asked for ahead', () => {
  it('are those that a training asks for', async () => {
    const { options, training } = await optionsOf();
    const { keyRequests, sampleCount, dataDigest } = training.prepared;
    expect(keyRequests.map(({ teacher, id, withLogits }) => [teacher, id, withLogits])).toEqual([
      ['one', 'at', false],
      ['one', 'soft', true],
      ['two', 'soft', true],
    ]);
    expect(requestedKeys(options, training.data)).toEqual({ keyRequests, sampleCount, dataDigest });
  });

  it.each([
    ['sp', 'losses[2].loss: "sp" has keys that belong to a whole batch'],
    ['ce', 'losses[2].loss: "ce" has no keys of teachers'],
  ])('are none of %s, which a recipe may only tell here', async (loss, text) => {
    const from = loss === 'sp' ? ', from: [one]' : '';
    const { options, training } = await optionsOf(`, { loss: ${loss}${from} }`);
    expect(options.task.losses.map((entry) => entry.loss)).toEqual(['at', 'kd', loss]);
    expect(() => requestedKeys(options, training.data)).toThrow(text);
  });
});
