import { openArtifacts, type ArtifactStore } from '@lyceum/artifacts';
import type { Run, RunEvent } from '@lyceum/contracts/orchestrator';
import { batchIndices, batchOrder, fillBatch, loadDataSet } from '@lyceum/data';
import { startEngine, tf } from '@lyceum/engine';
import { buildModel } from '@lyceum/models';
import { decodeSafetensors, type HostTensor } from '@lyceum/tensor';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { descendantsOf, isAlive, serviceOf } from '../processes/process-table.js';
import { fileScope } from '../processes/scope.js';
import { digestsOf, LyceumCommand, oneThread, runNameOf, type Finished } from './lyceum-command.js';

const scope = fileScope();
const lyceum = new LyceumCommand(scope, 'home');
const recipe = fileURLToPath(new URL('everything.yaml', import.meta.url));
const report = join(scope.folder, 'report.html');
/** Numbers of running processes by service, at every moment that was looked at. */
const moments: Record<string, number>[] = [];
const pids = new Set<number>();
let finished: Finished;
let run: Run;
let events: RunEvent[];
let artifacts: ArtifactStore;

beforeAll(async () => {
  const process = lyceum.start('run', recipe, '--report', report, ...oneThread);
  while (process.isRunning) {
    const services = descendantsOf(process.pid).map((entry) => ({
      pid: entry.pid,
      name: serviceOf(entry) ?? 'other',
    }));
    const counts: Record<string, number> = {};
    for (const { pid, name } of services) {
      pids.add(pid);
      counts[name] = (counts[name] ?? 0) + 1;
    }
    moments.push(counts);
    await pause(100);
  }
  finished = { ...(await process.ended), stdout: process.stdout, log: process.log };
  if (finished.code !== 0) throw new Error(`the run failed:\n${finished.log}`);
  const leftovers = [...pids].filter(isAlive);
  expect(leftovers).toEqual([]);
  ({ run, events } = await lyceum.show(await runNameOf(process)));
  artifacts = openArtifacts(run.artifactRoot);
}, 300_000);

const task = (name: string) => {
  const found = run.tasks.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no task ${name}`);
  return found;
};
const weightsOf = async (name: string) =>
  decodeSafetensors(await artifacts.get(`${run.name}/${task(name).artifacts.weights}`)).tensors;
const stepsOf = (name: string) =>
  events.flatMap((event) => (event.task === name && event.metrics ? [event.metrics] : []));
const byName = (tensors: readonly HostTensor[]) => new Map(tensors.map((tensor) => [tensor.name, tensor]));

describe('one command', () => {
  it('ends with a table of teacher, student alone and students distilled, and with a report', () => {
    const rows = finished.stdout
      .split('\n')
      .filter((line) => /^(teacher|student alone|student distilled) {2}/.test(line));
    const names = rows.map((row) => row.split(/ {2,}/)[1]);
    expect(names).toEqual([
      'teacher',
      'alone',
      'kd',
      'at',
      'hinted',
      'crd',
      'mutual/a',
      'mutual/b',
      'again/2',
    ]);
    for (const row of rows) expect(row).toMatch(/\d+\.\d\d %/);
    expect(finished.stdout).toContain(`report: ${report}`);
  });

  it('has orchestrator, teacher and two trainers run side by side as processes of their own', () => {
    expect(moments).toContainEqual(
      expect.objectContaining({
        orchestrator: 1,
        'teacher-inference': expect.any(Number) as number,
        'student-trainer': 2,
      }),
    );
    expect(moments).toContainEqual(expect.objectContaining({ loss: 1, 'student-trainer': 2 }));
  });

  it('writes a report that needs nothing else: recipe, curves, and nothing fetched', () => {
    const html = readFileSync(report, 'utf8');
    expect(html).toContain('every family, once');
    expect(html).toContain('trainOnlyUpTo: f2');
    expect(html).toContain('<svg');
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
  });

  it('succeeds in every task at the first attempt, in the order that stages depend on', () => {
    expect(run.tasks.map(({ attempt }) => attempt)).toEqual(run.tasks.map(() => 1));
    expect(events.filter(({ kind }) => kind === 'task.retrying' || kind === 'task.lost')).toEqual([]);
    const at = (kind: string, name: string) =>
      events.findIndex((event) => event.kind === kind && event.task === name);
    for (const { name, dependsOn } of run.tasks) {
      for (const before of dependsOn)
        expect(at('task.succeeded', before)).toBeLessThan(at('task.started', name));
    }
  });
});

describe('keys and not maps', () => {
  it('cross the wire: logits for soft labels, attention on the smaller grid for attention transfer', () => {
    const samples = 512;
    expect(task('kd').results.receivedBytes).toBe(samples * 10 * 4);
    expect(task('at').results.receivedBytes).toBe(samples * (28 * 28 + 14 * 14 + 7 * 7) * 4);
  });
});

describe('a loss that a service computes', () => {
  it.each([
    ['kd', 'kd-served', ['ce', 'kd']],
    ['hint', 'hint-served', ['fitnet']],
  ])('gives the curve that it gives in the trainer: %s and %s', (inside, served, losses) => {
    const [own, remote] = [stepsOf(inside), stepsOf(served)];
    expect(own.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(remote.map(({ step }) => step)).toEqual(own.map(({ step }) => step));
    own.forEach((numbers, i) => {
      for (const loss of losses)
        expect(Math.abs(remote[i].losses[loss] - numbers.losses[loss])).toBeLessThan(1e-5);
    });
    // It learns: a curve that stands still would prove nothing.
    expect(own[7].loss).not.toBe(own[0].loss);
  });
});

describe('adapters', () => {
  it('are trained with the student and are not in its exported weights', async () => {
    expect(task('hint').results.adapterParameterCount).toBeGreaterThan(0);
    expect(task('crd').results.adapterParameterCount).toBeGreaterThan(0);
    const plain = (await weightsOf('alone')).map(({ name, shape }) => [name, shape]);
    for (const name of ['hint', 'hint-served', 'hinted', 'crd']) {
      expect((await weightsOf(name)).map((tensor) => [tensor.name, tensor.shape])).toEqual(plain);
    }
  });

  it('leave the layers above the guided one as they were', async () => {
    await startEngine({ backend: 'js' });
    const model = buildModel({ architecture: 'plain-cnn-8', classCount: 10, inputShape: [28, 28, 1] }, 3);
    const hinted = byName(await weightsOf('hint'));
    const changed = model.parameters.filter(({ name, variable }) => {
      const trained = hinted.get(name)?.data ?? [];
      return variable.dataSync().some((value, i) => value !== trained[i]);
    });
    const groups = new Set(changed.map(({ name }) => name.split('.')[0]));
    expect([...groups].sort()).toEqual(['group1', 'group2']);
  });

  it('start the next stage where the hint has led', async () => {
    // Both start from the same seed; only the one began with the hint's lower layers.
    expect(stepsOf('hinted')[0].losses.kd).not.toBe(stepsOf('kd')[0].losses.kd);
  });
});

describe('contrastive distillation', () => {
  it('keeps its memory bank in the checkpoint', async () => {
    const [newest] = (await artifacts.list(`${run.name}/crd/checkpoints`)).reverse();
    const tensors = byName(decodeSafetensors(await artifacts.get(newest)).tensors);
    for (const bank of ['memoryStudent', 'memoryTeacher']) {
      const { shape, data } = tensors.get(`state/crd/${bank}`) ?? { shape: [], data: [] };
      expect(shape).toEqual([512, 16]);
      // Rows that were seen are of length 1; all 512 were, in one epoch.
      for (const row of [0, 100, 511]) {
        const squares = [...data.slice(16 * row, 16 * row + 16)].map((value) => value ** 2);
        expect(squares.reduce((a, b) => a + b)).toBeCloseTo(1, 4);
      }
    }
    expect([...tensors.keys()].some((name) => name.startsWith('adapter/crd/'))).toBe(true);
  });
});

describe('students that learn from each other', () => {
  it("differ, and each gets the other's logits: the first step's losses are what both make of them", async () => {
    const digests = digestsOf(run);
    expect(digests['mutual/a']).not.toBe(digests['mutual/b']);
    const [a, b] = await firstLogits([3, 4]);
    expect(stepsOf('mutual/a')[0].losses.dml).toBeCloseTo(divergence(b, a), 4);
    expect(stepsOf('mutual/b')[0].losses.dml).toBeCloseTo(divergence(a, b), 4);
    expect(Math.abs(divergence(a, b) - divergence(b, a))).toBeGreaterThan(1e-3);
  });
});

describe('generations', () => {
  it('start afresh, are taught by the one before, and end as an ensemble', () => {
    const digests = digestsOf(run);
    expect(new Set([digests.alone, digests['again/1'], digests['again/2']]).size).toBe(3);
    expect(task('again/1').dependsOn).toEqual(['alone']);
    expect(task('again/2').dependsOn).toEqual(['again/1']);
    expect(task('ensemble').results).toMatchObject({
      networkCount: 3,
      accuracy: expect.any(Number) as number,
    });
  });
});

describe('a home', () => {
  it('keeps its runs, and says what to do when a name is wrong', async () => {
    expect(existsSync(join(lyceum.home, 'state'))).toBe(true);
    const { code, log } = await lyceum.run('runs', 'show', 'everythin');
    expect(code).toBe(1);
    expect(log).toMatch(/there is no run "everythin"/);
  });
});

/** Logits of the first batch by untrained students of these seeds, in training mode, as the trainers have them. */
async function firstLogits(seeds: readonly number[]): Promise<number[][][]> {
  await startEngine({ backend: 'js' });
  const data = await loadDataSet({ name: 'fashion-mnist', trainLimit: 512, testLimit: 300 });
  const order = batchOrder({ seed: 3, epoch: 0, count: 512 });
  const pixels = fillBatch(data, 'train', batchIndices(order, 64, 0), 0, {
    padCropPixels: 2,
    flip: true,
    cutoutPixels: 0,
    seed: 3,
  });
  const images = tf.tensor4d(pixels, [64, 28, 28, 1]);
  return seeds.map((seed) => {
    const model = buildModel({ architecture: 'plain-cnn-8', classCount: 10, inputShape: [28, 28, 1] }, seed);
    return model.forward(images, ['logits'], { training: true }).logits.arraySync() as number[][];
  });
}

/** Mean over the batch of KL(softmax(from) || softmax(to)). */
function divergence(from: readonly number[][], to: readonly number[][]): number {
  const logSoftmax = (row: readonly number[]) => {
    const most = Math.max(...row);
    const sum = Math.log(row.reduce((total, x) => total + Math.exp(x - most), 0)) + most;
    return row.map((x) => x - sum);
  };
  const rows = from.map((row, n) => {
    const [p, q] = [logSoftmax(row), logSoftmax(to[n])];
    return p.reduce((total, logP, c) => total + Math.exp(logP) * (logP - q[c]), 0);
  });
  return rows.reduce((a, b) => a + b) / rows.length;
}
