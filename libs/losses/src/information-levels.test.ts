import { startEngine } from '@lyceum/engine';
import { createRandom } from '@lyceum/random';
import { beforeAll, expect, it } from 'vitest';
import { otherSampleEach } from './information-levels.js';

beforeAll(() => startEngine({ backend: 'auto' }));

it.each([2, 3, 8])('every sample of %i gets another one as its negative, and each is used once', (batch) => {
  for (let seed = 0; seed < 20; seed += 1) {
    const others = [...otherSampleEach(batch, createRandom(seed)).dataSync()];
    others.forEach((other, sample) => expect(other).not.toBe(sample));
    expect(others.sort((a, b) => a - b)).toEqual(Array.from({ length: batch }, (_, sample) => sample));
  }
});

it('a sample alone gets itself', () => {
  expect([...otherSampleEach(1, createRandom(1)).dataSync()]).toEqual([0]);
});
