import { describe, expect, it } from 'vitest';
import { pairsOf, trueAcceptRate } from './verification.js';

const pairs = (genuine: number[], impostor: number[]) => ({
  genuine: Float32Array.from(genuine),
  impostor: Float32Array.from(impostor),
});

describe('the true accept rate', () => {
  const tenths = Array.from({ length: 10 }, (_, i) => i / 10);

  it('is the share of genuine pairs above the impostors that are not let in', () => {
    // One of ten impostors (0.9) may pass, so what is above the next one (0.8) does.
    expect(trueAcceptRate(pairs([0.95, 0.85, 0.7, 0.1], tenths), 0.1)).toBe(0.5);
    // Two of ten: above 0.7.
    expect(trueAcceptRate(pairs([0.95, 0.85, 0.75, 0.1], tenths), 0.2)).toBe(0.75);
    // None: above all of them.
    expect(trueAcceptRate(pairs([0.95, 0.85, 0.7, 0.1], tenths), 0.01)).toBe(0.25);
  });

  it('takes nothing where all pairs are alike, and is not known without pairs', () => {
    expect(trueAcceptRate(pairs([1, 1], [1, 1, 1]), 0.1)).toBe(0);
    expect(trueAcceptRate(pairs([], [1]), 0.1)).toBeNaN();
  });
});

describe('pairs', () => {
  // Directions 0, 90, 0 and 180 degrees; classes a a b b; groups 0 1 0 1.
  const features = { rows: Float32Array.of(2, 0, 0, 3, 4, 0, -1, 0), width: 2, count: 4 };
  const labels = Int32Array.of(0, 0, 1, 1);

  it('are all pairs once, by their cosine', () => {
    const { all, within } = pairsOf(features, labels, undefined, 6);
    expect([...all.genuine]).toEqual([0, -1]);
    expect([...all.impostor].sort()).toEqual([-1, 0, 0, 1]);
    expect(within).toBeUndefined();
  });

  it('are told apart by whether both samples are of one group', () => {
    const { within, across } = pairsOf(features, labels, Int32Array.of(0, 1, 0, 1), 6);
    expect(within).toEqual(pairs([], [1, 0]));
    expect([...(across?.genuine ?? [])]).toEqual([0, -1]);
    expect([...(across?.impostor ?? [])].sort()).toEqual([-1, 0]);
  });

  it('are drawn where there are more than wanted: the same each time, never a sample with itself', () => {
    const rows = Float32Array.from({ length: 200 }, (_, i) => Math.sin(i));
    const many = { rows, width: 2, count: 100 };
    const own = Int32Array.from({ length: 100 }, (_, i) => i);
    const drawn = [1, 2].map(() => pairsOf(many, own, undefined, 1000));
    expect(drawn[0]).toEqual(drawn[1]);
    expect([drawn[0].all.genuine.length, drawn[0].all.impostor.length]).toEqual([0, 1000]);
  });
});
