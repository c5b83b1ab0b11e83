import { openArtifacts } from '@lyceum/artifacts';
import { startEngine, tf } from '@lyceum/engine';
import { findOperator } from '@lyceum/losses';
import { describeModel } from '@lyceum/models';
import { decodeSafetensors, encodeSafetensors, hostTensor, type HostTensor } from '@lyceum/tensor';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { startOrchestrator } from '../processes/fleet.js';
import { curveOf, gapOf } from '../python-loss/loss-curve.js';
import { runRecipe, type RecipeRun } from '../processes/recipe-run.js';
import { fileScope } from '../processes/scope.js';
import type { Served } from '../processes/service.js';

const scope = fileScope();
const patience = 120_000;
const allowed = ['--loss-packages', fileURLToPath(new URL('../combination/margin-losses', import.meta.url))];
const recipe = readFileSync(fileURLToPath(new URL('recipe.yaml', import.meta.url)), 'utf8');
let orchestrator: Served;
let done: RecipeRun;
let weights: Uint8Array;

function write(name: string, tensors: readonly HostTensor[]): string {
  const file = join(scope.folder, name);
  writeFileSync(file, encodeSafetensors(tensors));
  return file;
}

/** An encoder for the teacher's last map, of 32 channels, as one that was trained would be laid out. */
function paraphraser(seed: number, channels = 32): HostTensor[] {
  const widths = [channels, channels, 16, 16];
  return [0, 1, 2].flatMap((index) => {
    const [inputs, outputs] = [widths[index], widths[index + 1]];
    const kernel = Float32Array.from({ length: 9 * inputs * outputs }, (_, i) => 0.1 * Math.sin(seed * i));
    return [
      hostTensor(`paraphraser.conv${index}.kernel`, kernel, [3, 3, inputs, outputs]),
      hostTensor(`paraphraser.conv${index}.bias`, new Float32Array(outputs), [outputs]),
    ];
  });
}

beforeAll(async () => {
  await startEngine({ backend: 'js' });
  orchestrator = await startOrchestrator(scope, { trainers: 2, args: allowed });
  const decoder = hostTensor('paraphraser.deconv0.bias', new Float32Array(32), [32]);
  const file = write('paraphraser.safetensors', [...paraphraser(1), decoder]);
  const byClass = Float32Array.from({ length: 10 }, (_, index) => index);
  const classes = write('classes.safetensors', [hostTensor('classWeights', byClass, [10])]);
  const text = recipe.replace('PARAPHRASER', file).replaceAll('CLASSES', classes);
  done = await runRecipe(scope, orchestrator, text, allowed);
  if (done.run === undefined) throw new Error(JSON.stringify(done.error));
  weights = await openArtifacts(done.run.artifactRoot).get(`${done.run.name}/teacher/weights.safetensors`);
}, 300_000);

/** The values of a loss over a task's steps. */
const curve = ({ events }: RecipeRun, task: string, loss: string): number[] =>
  events.flatMap((event) => (event.task === task && event.metrics ? [event.metrics.losses[loss]] : []));

/** Runs one of the two students alone, with a teacher from a file. */
function alone(stage: 'overhaul' | 'factors', constants: string): Promise<RecipeRun> {
  const teacher = join(scope.folder, 'teacher.safetensors');
  writeFileSync(teacher, weights);
  const [head, ...stages] = recipe
    .replace('plain-cnn-8 }', `plain-cnn-8, weights: ${teacher} }`)
    .replaceAll('{ stage: teacher }', '{ model: wide }')
    .replace(', constants: PARAPHRASER', '')
    .replace(/loss: (ofd|ft),/, `loss: $1, constants: ${constants},`)
    .replace(/loss: ft, (?!constants)/, `loss: ft, constants: ${constants}, `)
    .split(/\n(?= {4}- (?:\{ )?name: )/);
  const wanted = stages.find((text) => text.includes(`name: ${stage}`));
  return runRecipe(scope, orchestrator, [head, wanted].join('\n'));
}

describe('ofd', () => {
  it('trains with the margins of its teacher, which no recipe gives', () => {
    const values = curve(done, 'overhaul', 'ofd');
    expect(values.length).toBeGreaterThan(3);
    expect(values.at(-1)).toBeLessThan(values[0]);
  });

  it(
    'trains the same from a file of the margins of the batch norms ahead of its taps',
    async () => {
      const byName = new Map(decodeSafetensors(weights).tensors.map((tensor) => [tensor.name, tensor]));
      const config = { architecture: 'plain-cnn-8', classCount: 10, inputShape: [28, 28, 1] } as const;
      const taps = describeModel(config).taps.filter(({ role }) => role === 'preact-map');
      const margins = taps.flatMap(({ norm }) => {
        const [gamma, beta] = [`${norm}.weight`, `${norm}.bias`].map((name) => byName.get(name)?.data ?? []);
        const inputs = { gamma: tf.tensor1d([...gamma]), beta: tf.tensor1d([...beta]) };
        return [...findOperator('ofd-margins').run({ params: {}, inputs, weights: {} }).margins.dataSync()];
      });
      expect(margins.length).toBe(8 + 16 + 32);
      expect(new Set(margins).size).toBeGreaterThan(50);
      const file = write('margins.safetensors', [hostTensor('margins', Float32Array.from(margins), [56])]);
      const again = await alone('overhaul', file);
      expect(again.error).toBeUndefined();
      const [found, expected] = [again, done].map(({ run }) => {
        return run?.tasks.find(({ name }) => name === 'overhaul')?.results.testLoss ?? NaN;
      });
      expect(found / expected).toBeCloseTo(1, 5);
      const points = [again, done].map(({ events }) => curveOf(events, 'overhaul'));
      const { gap, pointCount } = gapOf(points[0], points[1]);
      expect(pointCount).toBeGreaterThan(1);
      expect(gap / (curve(done, 'overhaul', 'ofd').at(-1) ?? NaN)).toBeLessThan(1e-5);
    },
    patience,
  );
});

describe('a loss whose value half reads constants', () => {
  it('gets them in the trainer as in the loss service', () => {
    const [local, served] = ['local', 'served'].map((loss) => curve(done, 'classes', loss));
    expect(local.length).toBeGreaterThan(3);
    for (const [index, value] of local.entries()) {
      expect(value).toBeGreaterThan(0);
      expect(served[index] / value).toBeCloseTo(1, 5);
    }
  });
});

describe('ft', () => {
  it('trains towards the factors of a paraphraser from a file', () => {
    const values = curve(done, 'factors', 'ft');
    expect(values.length).toBeGreaterThan(3);
    expect(values.at(-1)).toBeLessThan(values[0]);
  });

  it('trains towards those of a paraphraser that a stage fitted to the teacher, which stayed as it was', async () => {
    const losses = curve(done, 'paraphraser', 'paraphraser');
    expect(losses.at(-1)).toBeLessThan(0.9 * losses[0]);
    const artifacts = openArtifacts(done.run?.artifactRoot ?? '');
    const [fitted, taught] = await Promise.all(
      ['paraphraser/weights', 'teacher/weights'].map(async (name) =>
        decodeSafetensors(await artifacts.get(`${done.run?.name}/${name}.safetensors`)),
      ),
    );
    expect(fitted.tensors).toEqual(taught.tensors);
    const adapters = await artifacts.get(`${done.run?.name}/paraphraser/adapters.safetensors`);
    const names = decodeSafetensors(adapters).tensors.map(({ name }) => name);
    expect(names).toContain('paraphraser/paraphraser.conv0.kernel');
    expect(names).toContain('paraphraser/decoder.conv2.bias');
    const values = curve(done, 'paraphrased', 'ft');
    expect(values.length).toBeGreaterThan(3);
    expect(values.at(-1)).toBeLessThan(values[0]);
  });

  it(
    'sees another paraphraser from its first steps on',
    async () => {
      const other = await alone('factors', write('other.safetensors', paraphraser(2)));
      expect(other.error).toBeUndefined();
      const [first, before] = [curve(other, 'factors', 'ft')[0], curve(done, 'factors', 'ft')[0]];
      expect(first).toBeGreaterThan(0);
      // Means over the same steps: a single number may be over more of them in one run than in the other.
      const [points, own] = [other, done].map(({ events }) => curveOf(events, 'factors'));
      expect(gapOf(points, own).gap).toBeGreaterThan(1e-4 * before);
    },
    patience,
  );

  it.each([
    ['is not there', () => join(scope.folder, 'nowhere.safetensors'), 'cannot read "'],
    ['lacks a tensor', () => write('few.safetensors', paraphraser(1).slice(1)), 'has no tensor "paraphraser.conv0.kernel"; it holds "paraphraser.conv'], // prettier-ignore
    ['is for another teacher', () => write('wide.safetensors', paraphraser(1, 64)), '"paraphraser.conv0.kernel" must be f32 [3, 3, 32, 32], found f32 [3, 3, 64, 64]'], // prettier-ignore
  ])(
    'names the place in the recipe of a file that %s',
    async (_, file, text) => {
      const { error } = await alone('factors', file());
      expect(error?.message).toContain('factors: losses[1].constants: ');
      expect(error?.message).toContain(text);
    },
    patience,
  );
});
