import { describe, expect, it } from 'vitest';
import type { PairResult } from './pair-result.js';
import type { ResultsInput } from './results-input.js';
import { resultsMarkdown } from './results-markdown.js';
import { resultsPage } from './results-page.js';
import { sweepRows } from './sweep-rows.js';

const scores: Readonly<Record<string, readonly number[]>> = {
  teacher: [0.9, 0.91, 0.92],
  alone: [0.8, 0.82, 0.84],
  good: [0.83, 0.8502, 0.8698],
  bad: [0.79, 0.81, 0.83],
};
const pair = (index: number): PairResult => ({
  recipe: 'kd',
  seed: index + 1,
  run: `kd-${index}`,
  state: 'succeeded',
  measure: 'test accuracy',
  teacher: 'teacher',
  alone: 'alone',
  rows: Object.entries(scores).map(([task, values]) => ({
    role: task === 'teacher' ? 'teacher' : task === 'alone' ? 'alone' : 'distilled',
    task,
    losses: [],
    state: 'succeeded',
    score: values[index],
    wallMs: 65_000,
    keyBytes: 1_540_000,
  })),
  environment: {},
});
const failed: PairResult = {
  ...pair(0),
  recipe: 'at',
  state: 'failed',
  reason: 'at: no tap <b>"f9"</b> | none',
  rows: [],
};
const recipes = [
  { name: 'kd', title: 'Soft labels', paper: '0', method: 'KD' },
  { name: 'at', title: 'Attention' },
  { name: 'later', title: 'Not yet' },
];
const input = (changes: readonly string[] = []): ResultsInput => ({
  rows: sweepRows(recipes, [pair(0), pair(1), pair(2), failed], { 'kd/bad': 'The student\n is too small.' }),
  command: 'npm run papers',
  changes,
  environment: { Engine: 'tfjs-node 4.22.0' },
});

describe('results as Markdown', () => {
  const text = resultsMarkdown(input());

  it('have a row for each stage, with mean, spread, paired gain, time and bytes', () => {
    expect(text).toContain(
      '| kd/good | 0 | KD | 1, 2, 3 | 85.00 ± 1.99 | 82.00 ± 2.00 | +3.00 ± 0.02 | 91.00 ± 1.00 | 1 min 05 s | 1.54 MB | beats the student alone |',
    );
  });

  it('say of a method that it does not help, what people read from it, and keep to one line', () => {
    expect(text).toMatch(/^\| kd\/bad .*−1\.00 ± 0\.00.* does worse than the student alone \|$/m);
    expect(text).toContain('- **kd/bad**: The student is too small.');
    expect(text).toContain('and 1 do not beat it');
  });

  it('say what failed and why, and what was not run', () => {
    expect(text).toMatch(/^\| at \|.* failed with seed 1 \|$/m);
    expect(text).toContain('- **at, seed 1**: at: no tap &lt;b>"f9"&lt;/b> | none');
    expect(text).toMatch(/^\| later \|.* not run yet \|$/m);
    expect(text).not.toContain('Budgets were cut');
    expect(resultsMarkdown(input(['epochs 1']))).toContain('Budgets were cut (epochs 1)');
  });
});

describe('results as a page', () => {
  const text = resultsPage(input());

  it('load nothing, run nothing, and show every row, reading and failure', () => {
    expect(text).toContain('script-src &#39;none&#39;');
    expect(text).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
    for (const shown of ['kd/good', 'kd/bad', 'The student', 'no tap &lt;b&gt;', 'not run yet'])
      expect(text).toContain(shown);
  });

  it('plot the gains of the stages that were compared, each seed a small dot', () => {
    const plot = text.slice(text.indexOf('id="gains"'), text.indexOf('id="table"'));
    expect(plot.match(/class="dot"/g)).toHaveLength(2);
    expect(plot.match(/class="part"/g)).toHaveLength(6);
    expect(plot.match(/class="origin"/g)).toHaveLength(2);
  });

  it('plot a method that fails altogether as an arrow at the end, so that the others stay apart', () => {
    const failing = [0, 1, 2].map(pair).map((one) => ({
      ...one,
      rows: one.rows.map((row) => (row.task === 'bad' ? { ...row, score: 0.2 } : row)),
    }));
    const page = resultsPage({ ...input(), rows: sweepRows(recipes, failing, {}) });
    expect(page).toContain('class="dot below" style="left:0.00%"');
    expect(page.match(/class="dot"/g)).toHaveLength(1);
  });
});
