import { describe, expect, it } from 'vitest';
import type { PairResult, PairRow } from './pair-result.js';
import { reach95, spreadOf } from './spread.js';
import { sweepRows, type SweepRow } from './sweep-rows.js';

const recipes = [
  { name: 'kd', title: 'Soft labels', paper: '0' },
  { name: 'again', title: 'Generations' },
];

const row = (role: PairRow['role'], task: string, score?: number): PairRow => ({
  role,
  task,
  losses: [],
  state: score === undefined ? 'failed' : 'succeeded',
  ...(score === undefined ? {} : { score, wallMs: 60_000 * (role === 'distilled' ? 2 : 1), keyBytes: 1000 }),
});

const kd = (
  seed: number,
  scores: { teacher?: number; alone?: number; kd?: number },
  reason?: string,
): PairResult => ({
  recipe: 'kd',
  seed,
  run: `kd-${seed}`,
  state: reason === undefined ? 'succeeded' : 'failed',
  ...(reason === undefined ? {} : { reason }),
  measure: 'test accuracy',
  teacher: 'teacher',
  alone: 'alone',
  rows: [
    row('teacher', 'teacher', scores.teacher),
    row('alone', 'alone', scores.alone),
    row('distilled', 'kd', scores.kd),
  ],
  environment: {},
});

const outcomeWith = (gains: readonly number[]): SweepRow['outcome'] =>
  sweepRows(
    recipes,
    gains.map((gain, i) => kd(i + 1, { alone: 0.8, kd: 0.8 + gain / 100 })),
  )[0].outcome;

describe('a spread', () => {
  it('has the mean and the standard deviation of the sample', () => {
    expect(spreadOf([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({
      count: 8,
      mean: 5,
      deviation: Math.sqrt(32 / 7),
    });
    expect(spreadOf([3])).toEqual({ count: 1, mean: 3 });
    expect(spreadOf([])).toBeUndefined();
  });

  it('has an interval by Student: of 1, 2, 3 it is 2 ± 4.303 / sqrt(3)', () => {
    expect(reach95({ count: 3, mean: 2, deviation: 1 })).toBeCloseTo(2.4843, 4);
    expect(reach95({ count: 1, mean: 2 })).toBeUndefined();
  });
});

describe('rows over seeds', () => {
  it('pair each student with the one alone of the same seed', () => {
    const results = [
      kd(1, { teacher: 0.9, alone: 0.8, kd: 0.83 }),
      kd(2, { teacher: 0.92, alone: 0.84, kd: 0.85 }),
      kd(3, { teacher: 0.91, alone: 0.82, kd: 0.84 }),
    ];
    const [found] = sweepRows(recipes, results, { 'kd/kd': 'It helps.' });
    expect(found).toMatchObject({ key: 'kd/kd', stage: 'kd', seeds: [1, 2, 3], reading: 'It helps.' });
    expect(found.score?.mean).toBeCloseTo(0.84, 12);
    expect(found.score?.deviation).toBeCloseTo(0.01, 12);
    expect(found.alone?.mean).toBeCloseTo(0.82, 12);
    expect(found.alone?.deviation).toBeCloseTo(0.02, 12);
    expect(found.teacher?.mean).toBeCloseTo(0.91, 12);
    // 3, 1 and 2 points: the students' and the alones' spread would say much more.
    expect(found.gain?.mean).toBeCloseTo(2, 10);
    expect(found.gain?.deviation).toBeCloseTo(1, 10);
    expect([found.wallMs, found.keyBytes, found.failures]).toEqual([120_000, 1000, []]);
  });

  it.each<[readonly number[], SweepRow['outcome']]>([
    [[2.9, 3, 3.1], 'better'],
    [[1, 2, 3], 'ahead'],
    [[3], 'ahead'],
    [[3, 3], 'ahead'],
    [[0], 'behind'],
    [[-1, 0.5, 0.2], 'behind'],
    [[-2.9, -3, -3.1], 'worse'],
    [[], 'unknown'],
  ])('call gains of %j points %s', (gains, outcome) => expect(outcomeWith(gains)).toBe(outcome));

  it('keep what there is of a run that failed, and say why the rest is missing', () => {
    const results = [
      kd(2, { teacher: 0.9, alone: 0.8 }, 'kd: the disk is full'),
      kd(1, { teacher: 0.9, alone: 0.8, kd: 0.83 }),
    ];
    const [found] = sweepRows(recipes, results);
    expect([found.seeds, found.score?.count, found.alone?.mean]).toEqual([[1], 1, 0.8]);
    expect(found.failures).toEqual([{ seed: 2, reason: 'kd: the disk is full' }]);
  });

  it('have a place for a recipe without any result', () => {
    const [, none] = sweepRows(recipes, [kd(1, { kd: 0.8 })]);
    expect(none).toMatchObject({ key: 'again', stage: '', outcome: 'unknown', seeds: [], failures: [] });
  });

  it('compare with the student alone also where it is the teacher, and leave out what has none', () => {
    const result = { ...kd(1, { teacher: 0.8, kd: 0.83 }), alone: 'teacher' };
    expect(sweepRows(recipes, [result])[0].gain?.mean).toBeCloseTo(3, 10);
    const [lone] = sweepRows(recipes, [kd(1, { kd: 0.83 })]);
    expect([lone.gain, lone.outcome, lone.score?.mean]).toEqual([undefined, 'unknown', 0.83]);
  });
});
