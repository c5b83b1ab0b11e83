import { startEngine, tf } from '@lyceum/engine';
import { LyceumError } from '@lyceum/errors';
import { buildModel, type Model } from '@lyceum/models';
import { hostTensor } from '@lyceum/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileKeys } from './compile-key.js';
import type { PlannedKey } from './inference-api.js';

let teacher: Model;
let images: tf.Tensor4D;

beforeAll(async () => {
  await startEngine({ backend: 'js' });
  teacher = buildModel({ architecture: 'plain-cnn-2', classCount: 3, inputShape: [8, 8, 1] }, 5);
  images = tf.randomUniform([2, 8, 8, 1], 0, 1, 'float32', 3);
});

const ofd: PlannedKey = {
  id: 'ofd',
  loss: 'ofd',
  params: {},
  teacherTaps: { layer1: 'f1.preact' },
  studentShapes: { layer1: [4, 4, 5] },
  frozen: [],
};

/** Smallest number of each channel of the key `layer1`. */
function leastByChannel(key: PlannedKey): Float32Array {
  const [{ program, taps }] = compileKeys([key], teacher);
  return tf.tidy(() => {
    const answer = program(teacher.forward(images, taps, { training: false }), images)['ofd/layer1'];
    expect(answer.shape).toEqual([2, 4, 4, 2]);
    return tf.min(answer, [0, 1, 2]).dataSync<'float32'>();
  });
}

function refusal(key: PlannedKey): LyceumError {
  try {
    leastByChannel(key);
  } catch (error) {
    return LyceumError.from(error);
  }
  throw new Error('the key was accepted');
}

describe('a key whose constants are the margins of batch norms', () => {
  it('gets them from the teacher itself', () => {
    const scale = teacher.parameters.find(({ name }) => name === 'group1.bn2.weight')?.variable;
    const mean = teacher.parameters.find(({ name }) => name === 'group1.bn2.running_mean')?.variable;
    // Far below its margin everywhere, so that the margin is what is sent.
    mean?.assign(tf.tensor1d([100, 100]));
    scale?.assign(tf.tensor1d([1, -2]));
    const [first, second] = leastByChannel(ofd);
    // E[x | x < 0] of a normal x of deviation 1: -sqrt(2 / pi).
    expect(first).toBeCloseTo(-0.797885, 5);
    // Its scale is negative, so the normalised responses are far above 0.
    expect(second).toBeGreaterThan(100);
  });

  it('takes those that are given instead', () => {
    const margins = hostTensor('margins', Float32Array.of(-7, 500), [2]);
    expect([...leastByChannel({ ...ofd, frozen: [margins] })]).toEqual([-7, 500]);
  });

  it.each<[Partial<PlannedKey>, string, string]>([
    [{ teacherTaps: { layer1: 'f1' } }, 'keys[0].frozen.margins', 'no batch norm gives tap "f1"'],
    [
      { frozen: [hostTensor('margins', new Float32Array(3), [3])] },
      'keys[0].frozen.margins',
      'must have shape [2], found [3]',
    ],
    [
      { frozen: [hostTensor('margin', new Float32Array(2), [2])] },
      'keys[0].frozen.margin',
      'did you mean "margins"',
    ],
  ])('refuses %j', (change, field, text) => {
    const { violations } = refusal({ ...ofd, ...change });
    expect(violations.map((violation) => violation.field)).toEqual([field]);
    expect(violations[0].description).toContain(text);
  });
});
