import { openOrchestrator } from '@lyceum/client';
import { State, type Run } from '@lyceum/contracts/orchestrator';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { digestsOf, LyceumCommand } from '../e2e/lyceum-command.js';
import { startOrchestrator, startTrainer } from '../processes/fleet.js';
import { makeWeights } from '../processes/made-weights.js';
import { runRecipe, type RecipeRun } from '../processes/recipe-run.js';
import { fileScope, Scope } from '../processes/scope.js';
import type { Served } from '../processes/service.js';

const patience = 180_000;
const model = { architecture: 'plain-cnn-8', data: 'synthetic:12x12x1/7', seed: 7 };
const views = 2;
const epochs = 4;

interface Parts {
  readonly samples?: number;
  readonly views?: number;
  /** Without it, the student asks for the same by itself. */
  readonly asksAhead?: boolean;
}

/** A student, and ahead of it, if wished, a stage that asks for its keys. */
function recipeOf(weights: string, parts: Parts = {}): string {
  const { samples = 161, asksAhead = true } = parts;
  const losses = '{ loss: at }, { loss: kd }';
  const taught = 'model: student, teachers: [{ model: teacher }]';
  return `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: ahead }
spec:
  data: { name: "${model.data}", trainLimit: ${samples}, testLimit: 50, augmentation: { padCropPixels: 2, flip: true }, views: ${parts.views ?? views} }
  models:
    student: { architecture: plain-cnn-4 }
    teacher: { architecture: plain-cnn-8, weights: ${weights} }
  training: { epochs: ${epochs}, batchSize: 16 }
  stages:
${asksAhead ? `    - { name: keys, kind: cache, ${taught}, losses: [${losses}] }\n` : ''}    - { name: student, kind: distill, ${taught}, losses: [{ loss: ce }, ${losses}]${asksAhead ? ', after: [keys]' : ''} }
`;
}

const scope = fileScope();

interface Place {
  readonly own: Scope;
  readonly orchestrator: Served;
  readonly weights: string;
}

/** An orchestrator in a place of its own, so that its teacher's counts are of one run. */
async function place(trainers: number): Promise<Place> {
  const own = new Scope();
  scope.defer(() => own[Symbol.asyncDispose]());
  const orchestrator = await startOrchestrator(own, { trainers, args: ['--lease-seconds', '3'] });
  return { own, orchestrator, weights: await makeWeights(own.folder, model) };
}

async function run({ own, orchestrator }: Place, text: string, flags: readonly string[] = []) {
  const done = await runRecipe(own, orchestrator, text, flags);
  if (done.run === undefined) throw new Error(`${JSON.stringify(done.error)}\n${own.newLogs()}`);
  return { ...done, run: done.run };
}

/** What a teacher says at its end: forward passes, and answers by where they came from. */
async function countsOf({ orchestrator }: Place): Promise<Record<string, number>> {
  const [line] = await orchestrator.process.says(/^.*"answered in all".*$/m);
  return JSON.parse(line) as Record<string, number>;
}

const taskOf = ({ tasks }: Run, task: string) => tasks.find(({ name }) => name === task);
const saidOf = ({ events }: RecipeRun, task: string) =>
  events
    .filter((event) => event.task === task)
    .map(({ message }) => message)
    .join('\n');

describe('a stage that asks for keys ahead', () => {
  it(
    'leaves its student nothing to ask the network for',
    async () => {
      const here = await place(2);
      const done = await run(here, recipeOf(here.weights));
      // 161 samples: ten batches, and one of a single sample that no epoch trains on.
      const passes = views * 11;
      const counts = await countsOf(here);
      expect(counts).toMatchObject({ passes, 'own-pass': passes, 'joined-pass': 0 });
      expect(counts.memory + (counts.disk ?? 0)).toBe(epochs * 10);
      const { results, artifacts } = taskOf(done.run, 'keys') ?? {};
      expect(results).toMatchObject({ samples: 161, views });
      expect(results?.fillMs).toBeGreaterThan(0);
      // At least the soft labels, of seven classes.
      expect(results?.receivedBytes).toBeGreaterThan(views * 161 * 7 * 4);
      expect(artifacts).toMatchObject({ 'teacherDigest.teacher': expect.stringMatching(/./) as string });
      expect(saidOf(done, 'keys')).toMatch(
        /asked for the keys of 161 samples in 2 views: \d+\.\d MB in \d+\.\d s/,
      );
      const [keys, student] = ['keys', 'student'].map((name) => taskOf(done.run, name));
      expect([keys?.step, keys?.stepCount]).toEqual([passes, passes]);
      expect(keys?.metrics?.samplesPerSecond).toBeGreaterThan(0);
      const [ended, started] = [keys?.endTime, student?.startTime].map((time) =>
        new Date(time ?? '').getTime(),
      );
      expect(started).toBeGreaterThanOrEqual(ended);
    },
    patience,
  );

  it(
    'changes nothing of what its student comes to',
    async () => {
      const [ahead, alone] = await Promise.all([place(1), place(1)]);
      const runs = await Promise.all([
        run(ahead, recipeOf(ahead.weights, { samples: 160 })),
        run(alone, recipeOf(alone.weights, { samples: 160, asksAhead: false })),
      ]);
      const [one, other] = runs.map((done) => digestsOf(done.run));
      expect(one.student).toMatch(/^sha256:/);
      expect(one).toEqual(other);
    },
    patience,
  );

  it(
    'is never taken from an earlier run: what a teacher remembers is not kept',
    async () => {
      const here = await place(1);
      const flags = ['--reuse', '--fresh'];
      await run(here, recipeOf(here.weights), flags);
      const again = await run(here, recipeOf(here.weights), flags);
      expect(saidOf(again, 'student')).toContain('reused from run');
      expect(saidOf(again, 'keys')).not.toContain('reused');
      expect(taskOf(again.run, 'keys')?.results.computedMs).toBeUndefined();
      expect(saidOf(again, 'keys')).toContain('asked for the keys of 161 samples');
    },
    patience,
  );

  it(
    'starts over when its trainer dies, and its teacher remembers',
    async () => {
      const here = await place(0);
      const { own, orchestrator, weights } = here;
      const first = await startTrainer(own, orchestrator);
      const client = openOrchestrator(orchestrator.address);
      own.defer(async () => client.close());
      const recipe = recipeOf(weights, { samples: 3500, views: 3 });
      const { name } = await client.createRun({ requestId: 'killed', recipe, resume: '' });
      const keys = async () => taskOf(await client.getRun(name), 'keys');
      while (((await keys())?.step ?? 0) < 20) await pause(20);
      await first.process.kill();
      await startTrainer(own, orchestrator);
      while ((await keys())?.endTime === undefined) await pause(100);
      expect(await keys()).toMatchObject({ state: State.SUCCEEDED, attempt: 2, stepCount: 3 * 219 });
      await client.cancelRun(name);
      const counts = await countsOf(here);
      // What was being computed for the first one may have been lost with it, and nothing else.
      expect(counts.passes).toBeLessThan(3 * 219 + 20);
    },
    patience,
  );

  it(
    'ends in its middle when its run is cancelled',
    async () => {
      const { own, orchestrator, weights } = await place(1);
      const client = openOrchestrator(orchestrator.address);
      own.defer(async () => client.close());
      const recipe = recipeOf(weights, { samples: 7000, views: 1000 });
      const { name } = await client.createRun({ requestId: 'cancelled', recipe, resume: '' });
      while ((taskOf(await client.getRun(name), 'keys')?.step ?? 0) === 0) await pause(50);
      await client.cancelRun(name);
      // The only trainer is free for another one.
      const next = await run({ own, orchestrator, weights }, recipeOf(weights));
      expect(next.run.state).toBe(State.SUCCEEDED);
      const cancelled = await client.getRun(name);
      expect(cancelled.state).toBe(State.CANCELLED);
      expect(taskOf(cancelled, 'student')?.startTime).toBeUndefined();
    },
    patience,
  );
});

it(
  'is a line of --dry-run, with what comes after it',
  async () => {
    const file = join(scope.folder, 'dry.yaml');
    writeFileSync(file, recipeOf('teacher.safetensors'));
    const { stdout } = await new LyceumCommand(scope, 'home').run('run', file, '--dry-run');
    expect(stdout).toMatch(/^keys +cache\nstudent +distill {2}after keys\n$/);
  },
  patience,
);
