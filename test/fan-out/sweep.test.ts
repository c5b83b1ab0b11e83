import { beforeAll, describe, expect, it } from 'vitest';
import { digestsOf } from '../e2e/lyceum-command.js';
import { startOrchestrator, startTrainer } from '../processes/fleet.js';
import { makeWeights } from '../processes/made-weights.js';
import { runRecipe } from '../processes/recipe-run.js';
import { fileScope, Scope } from '../processes/scope.js';

const methods = ['kd', 'at', 'sp', 'rkd'];
const stepCount = 100;
const model = { architecture: 'plain-cnn-8', data: 'synthetic:12x12x1/10', seed: 7 };

/** Four students with four methods, who see the same images in the same order. */
const recipeOf = (weights: string) => `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: sweep }
spec:
  data: { name: "${model.data}", trainLimit: 160, testLimit: 50, augmentation: { padCropPixels: 2, flip: true } }
  models:
    student: { architecture: plain-cnn-4 }
    teacher: { architecture: plain-cnn-8, weights: ${weights} }
  training: { epochs: 10, batchSize: 16 }
  stages:
${methods.map((loss) => `    - { name: ${loss}, kind: distill, model: student, teachers: [{ model: teacher }], losses: [{ loss: ce }, { loss: ${loss} }] }`).join('\n')}
`;

interface Sweep {
  readonly digests: Readonly<Record<string, string>>;
  /** Forward passes of the teacher's process. */
  readonly passes: number;
  /** Batches that it answered. */
  readonly answers: number;
}

const scope = fileScope();
let apart: Sweep;
let together: Sweep;

/** The sweep on so many trainers, in a place of its own. */
async function sweep(trainers: number): Promise<Sweep> {
  const own = new Scope();
  scope.defer(() => own[Symbol.asyncDispose]());
  const orchestrator = await startOrchestrator(own, { trainers: 0 });
  // All are there before there is work, so that they start together.
  const names = Array.from({ length: trainers }, (_, i) => `trainer-${i}`);
  await Promise.all(names.map((name) => startTrainer(own, orchestrator, { args: ['--worker-name', name] })));
  const { run, error } = await runRecipe(own, orchestrator, recipeOf(await makeWeights(own.folder, model)));
  if (run === undefined) throw new Error(`${JSON.stringify(error)}\n${own.newLogs()}`);
  const [line] = await orchestrator.process.says(/^.*"answered in all".*$/m);
  const { passes, answers } = countsIn(line);
  console.log(`${trainers} trainers: ${passes} forward passes for ${answers} answers`);
  return { digests: digestsOf(run), passes, answers };
}

function countsIn(line: string): { passes: number; answers: number } {
  const counts = JSON.parse(line) as Record<string, number>;
  return {
    passes: counts.passes,
    answers: counts['own-pass'] + counts['joined-pass'] + counts.memory + counts.disk,
  };
}

beforeAll(async () => {
  apart = await sweep(1);
  together = await sweep(methods.length);
}, 600_000);

describe('a sweep of four methods', () => {
  it('costs the teacher less than half the forward passes of each student by itself', () => {
    expect([apart.answers, apart.passes]).toEqual([methods.length * stepCount, methods.length * stepCount]);
    expect(together.answers).toBe(methods.length * stepCount);
    // How far the first student is ahead when the last one opens its stream, and how long the machine lets one wait, are
    // up to the machine: the ratio in step is what the benchmark measures.
    expect(together.passes).toBeLessThan(2 * stepCount);
  });

  it('ends with the same weights as each student by itself', () => {
    expect(Object.keys(together.digests).sort()).toEqual([...methods].sort());
    expect(together.digests).toEqual(apart.digests);
  });
});
