import type { StepMetrics } from '@lyceum/contracts/trainer';
import { beforeAll, describe, expect, it } from 'vitest';
import { startOrchestrator } from '../processes/fleet.js';
import { runRecipe, type RecipeRun } from '../processes/recipe-run.js';
import { fileScope } from '../processes/scope.js';

const scope = fileScope();
const [sampleCount, epochs] = [192, 2];

/** Students that differ in how keys are sent alone. */
const students: Readonly<Record<string, { readonly losses: string; readonly dtype?: string }>> = {
  fp32: { losses: '{ loss: kd, encoding: fp32 }' },
  fp16: { losses: '{ loss: kd }', dtype: 'fp16' },
  bf16: { losses: '{ loss: kd }', dtype: 'bf16' },
  int8: { losses: '{ loss: kd, encoding: int8 }' },
  'top-8': { losses: '{ loss: kd, encoding: top-k }' },
  'top-2': { losses: '{ loss: kd, encoding: top-k, topK: 2 }', dtype: 'fp16' },
  each: { losses: '{ loss: kd, encoding: top-k }, { loss: rkd, encoding: int8 }, { loss: pkt }' },
};

function recipeOf(classCount: number, entries: typeof students): string {
  const stages = Object.entries(entries).map(
    ([name, { losses, dtype = 'fp32' }]) => `
    - name: ${name}
      kind: distill
      model: student
      teachers: [{ stage: teacher, dtype: ${dtype} }]
      losses: [{ loss: ce }, ${losses}]`,
  );
  return `
apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: encodings }
spec:
  data: { name: synthetic:28x28x1/${classCount}, trainLimit: ${sampleCount}, testLimit: 100 }
  models: { teacher: { architecture: plain-cnn-8 }, student: { architecture: plain-cnn-4 } }
  training: { epochs: ${epochs}, batchSize: 64, checkpointSeconds: 60 }
  stages:
    - { name: teacher, kind: train, model: teacher }${stages.join('')}
`;
}

let orchestrator: Awaited<ReturnType<typeof startOrchestrator>>;
let done: RecipeRun;

beforeAll(async () => {
  orchestrator = await startOrchestrator(scope, { trainers: 2 });
  done = await runRecipe(scope, orchestrator, recipeOf(100, students));
  if (done.run === undefined) throw new Error(JSON.stringify(done.error));
}, 300_000);

const metricsOf = (task: string): StepMetrics[] =>
  done.events.flatMap((event) => (event.task === task && event.metrics ? [event.metrics] : []));

/** Bytes of keys that a student received for a sample. */
const bytesOf = (task: string): number =>
  (metricsOf(task).at(-1)?.receivedBytes ?? 0) / (sampleCount * epochs);

describe('a student whose keys are', () => {
  it.each([
    ['fp32', 400],
    ['fp16', 200],
    ['bf16', 200],
    ['int8', 104],
    ['top-8', 52],
    ['top-2', 16],
    // The teacher's pooled feature has 32 numbers, of which rkd has bytes and pkt floats.
    ['each', 52 + (4 + 32) + 4 * 32],
  ])('%s receives %i bytes a sample of 100 classes, and learns', (task, bytes) => {
    expect(bytesOf(task)).toBe(bytes);
    const points = metricsOf(task);
    expect(points.at(-1)?.step).toBe((sampleCount / 64) * epochs - 1);
    for (const { loss, losses } of points) {
      expect(Number.isFinite(loss)).toBe(true);
      expect(losses.kd).toBeGreaterThan(0);
    }
  });

  it.each(['fp16', 'bf16', 'int8'])(
    '%s starts from the loss that FP32 gives, to within a hundredth',
    (task) => {
      const [exact, rounded] = ['fp32', task].map((name) => metricsOf(name)[0].losses.kd);
      expect(Math.abs(rounded / exact - 1)).toBeLessThan(0.01);
    },
  );
});

it('a data set that tells its classes only when it is read: the teacher refuses as many logits as these', async () => {
  const entries = { wide: { losses: '{ loss: kd, encoding: top-k }' } };
  const { run, error } = await runRecipe(scope, orchestrator, recipeOf(6, entries));
  const said = JSON.stringify([run?.tasks, error]);
  expect(said).toContain('must be from 1 to 5, fewer than the 6 classes; found 8');
  expect(said).toContain('open.keys[0].top_k');
}, 120_000);
