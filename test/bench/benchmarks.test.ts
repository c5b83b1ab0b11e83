import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** Runs a script to its end: what it wrote, and the figures that it sent. */
async function run(script: string, ...args: readonly string[]) {
  const file = fileURLToPath(new URL(`../../${script}`, import.meta.url));
  const child = fork(file, args, { silent: true });
  let log = '';
  let figures: readonly Figure[] = [];
  child.on('message', (message: readonly Figure[]) => (figures = message));
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (log += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, log, figures };
}

/** Figures of a benchmark by name, from as little as it can do. */
async function figuresOf(name: string, options: object): Promise<Record<string, number>> {
  const { code, log, figures } = await run('bench/run-one.mjs', `./${name}.mjs`, JSON.stringify(options));
  expect(code, log).toBe(0);
  return Object.fromEntries(figures.map((figure) => [figure.name, figure.value]));
}

const unmeasured = (figures: Record<string, number>) =>
  Object.entries(figures).filter(([, value]) => !(Number.isFinite(value) && value >= 0));

describe('the benchmarks', () => {
  it('measure a student beside a teacher that computes for it', async () => {
    const figures = await figuresOf('live', { rounds: 1, stepsARound: 1 });
    const names = ['live/alone/step', 'live/kd/step', 'live/teacher/step', 'live/kd/ratio'];
    expect(Object.keys(figures)).toEqual(names);
    expect(unmeasured(figures)).toEqual([]);
    expect(figures['live/kd/ratio']).toBeCloseTo(figures['live/alone/step'] / figures['live/kd/step'], 6);
  });

  it('measure a stream, and what is done with what arrives', async () => {
    const figures = await figuresOf('channel', { rounds: 1 });
    const names = ['channel/bare', 'channel/distill', 'channel/ratio', 'channel/handover'];
    expect(Object.keys(figures)).toEqual(names);
    expect(unmeasured(figures)).toEqual([]);
    expect(figures['channel/ratio']).toBeCloseTo(figures['channel/distill'] / figures['channel/bare'], 6);
  });

  it('are told apart by name: one that is not there is refused with those that are', async () => {
    const { code, log } = await run('scripts/bench.mjs', '--only', 'nonsense');
    expect(code).toBe(2);
    expect(log).toContain('--only: there is no benchmark "nonsense"');
    for (const name of ['distill', 'live', 'epochs5', 'fanout', 'channel', 'memory'])
      expect(log).toMatch(new RegExp(`^ +${name} `, 'm'));
  });
});
