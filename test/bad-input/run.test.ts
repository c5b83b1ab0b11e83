import { openOrchestrator, type OrchestratorClient } from '@lyceum/client';
import { State, type Run } from '@lyceum/contracts/orchestrator';
import type { CodeName } from '@lyceum/errors';
import { errorFromStatus } from '@lyceum/rpc';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { startOrchestrator } from '../processes/fleet.js';
import { makeWeights } from '../processes/made-weights.js';
import { fileScope } from '../processes/scope.js';
import type { Served } from '../processes/service.js';

const scope = fileScope();
const file = (name: string) => join(scope.folder, name);
let orchestrator: Served;
let client: OrchestratorClient;

beforeAll(async () => {
  await makeWeights(scope.folder);
  writeFileSync(file('noise.safetensors'), randomBytes(4000));
  writeIdx('cut', 20, 10);
  writeIdx('wrong-labels', 20, 20, 200);
  for (const place of ['train/one', 'train/two', 'test/one', 'test/two']) {
    mkdirSync(file(`images/${place}`), { recursive: true });
    writeFileSync(file(`images/${place}/1.png`), 'not a picture');
  }
  orchestrator = await startOrchestrator(scope, {
    trainers: 1,
    args: ['--log-folder', scope.folder],
  });
  client = openOrchestrator(orchestrator.address);
  scope.defer(() => client.close());
});

/** An IDX folder whose images say that they are `stated` and are `real`. */
function writeIdx(name: string, stated: number, real: number, label = 1): void {
  mkdirSync(file(name));
  for (const split of ['train', 't10k']) {
    const header = Buffer.from([0, 0, 8, 3, 0, 0, 0, stated, 0, 0, 0, 28, 0, 0, 0, 28]);
    writeFileSync(
      file(`${name}/${split}-images-idx3-ubyte`),
      Buffer.concat([header, Buffer.alloc(real * 784)]),
    );
    const labels = Buffer.concat([Buffer.from([0, 0, 8, 1, 0, 0, 0, stated]), Buffer.alloc(stated, label)]);
    writeFileSync(file(`${name}/${split}-labels-idx1-ubyte`), labels);
  }
  writeFileSync(file(`${name}/classes.txt`), 'one\ntwo\n');
}

interface Parts {
  readonly data?: string;
  readonly models?: string;
  readonly stages: string;
}

function recipe({
  data = '{ name: "synthetic:28x28x1/10", trainLimit: 64, testLimit: 20 }',
  models = 'student: { architecture: plain-cnn-8 }',
  stages,
}: Parts): string {
  return `{ apiVersion: lyceum.dev/v1alpha1, kind: Distillation, metadata: { name: bad }, spec: { data: ${data}, models: { ${models} }, training: { epochs: 1 }, stages: [${stages}] } }`;
}

async function runToEnd(text: string): Promise<Run> {
  const { name } = await client.createRun({ requestId: randomUUID(), recipe: text, resume: '' });
  let state = State.UNSPECIFIED;
  for await (const response of client.watchRun({ name, afterSequence: 0 })) ({ state } = response);
  const run = await client.getRun(name);
  expect(run.state).toBe(state);
  return run;
}

const alone = '{ name: alone, kind: train, model: student }';
const taught = (losses: string) =>
  `{ name: taught, kind: distill, model: student, teachers: [{ model: teacher }], losses: [${losses}] }`;
const withTeacher = (architecture = 'plain-cnn-8', weights = 'plain-cnn-8-7.safetensors') =>
  `student: { architecture: plain-cnn-8 }, teacher: { architecture: ${architecture}, weights: ${JSON.stringify(file(weights))} }`;

interface BadRun {
  readonly title: string;
  readonly text: () => string;
  readonly code: CodeName;
  readonly field?: string;
  readonly says: RegExp;
}

const runs: BadRun[] = [
  {
    title: 'maps that no adapter joins',
    text: () =>
      recipe({
        models: withTeacher(),
        stages: taught('{ loss: fitnet, studentTaps: { layer1: f3 }, teacherTaps: { layer1: f1 } }'),
      }),
    code: 'FAILED_PRECONDITION',
    field: 'losses[0].teacherTaps.layer1',
    says: /no regressor leads from a 7x7 map to 28x28/,
  },
  {
    title: "the trainer's damaged data, naming the file",
    text: () => recipe({ data: `{ name: idx, path: ${file('cut')} }`, stages: alone }),
    code: 'DATA_LOSS',
    says: /cut\/train-images-idx3-ubyte/,
  },
  {
    title: 'labels past the last class, naming the file',
    text: () => recipe({ data: `{ name: idx, path: ${file('wrong-labels')} }`, stages: alone }),
    code: 'DATA_LOSS',
    says: /wrong-labels\/train-labels-idx1-ubyte.*200/,
  },
  {
    title: 'an image that is no image, naming the file',
    text: () =>
      recipe({ data: `{ name: image-folder, path: ${file('images')}, imagePixels: 28 }`, stages: alone }),
    code: 'DATA_LOSS',
    says: /images\/(train|test)\/(one|two)\/1\.png/,
  },
  {
    title: 'data that are not there',
    text: () => recipe({ data: `{ name: idx, path: ${file('nowhere')} }`, stages: alone }),
    code: 'INVALID_ARGUMENT',
    field: 'data.path',
    says: /nowhere/,
  },
  {
    title: 'weights to evaluate that are damaged, naming the file',
    text: () =>
      recipe({
        models: withTeacher('plain-cnn-8', 'noise.safetensors'),
        stages: '{ name: check, kind: evaluate, models: [teacher] }',
      }),
    code: 'DATA_LOSS',
    says: /noise\.safetensors/,
  },
  {
    title: 'weights to evaluate that are of another network',
    text: () =>
      recipe({
        models: withTeacher('plain-cnn-16'),
        stages: '{ name: check, kind: evaluate, models: [teacher] }',
      }),
    code: 'INVALID_ARGUMENT',
    says: /does not fit plain-cnn-16/,
  },
  {
    title: 'weights to evaluate that are not there',
    text: () =>
      recipe({
        models: withTeacher('plain-cnn-8', 'nothing.safetensors'),
        stages: '{ name: check, kind: evaluate, models: [teacher] }',
      }),
    code: 'INVALID_ARGUMENT',
    field: 'networks[0].weights',
    says: /nothing\.safetensors/,
  },
  {
    title: 'a teacher whose weights are damaged, with what its process said',
    text: () =>
      recipe({ models: withTeacher('plain-cnn-8', 'noise.safetensors'), stages: taught('{ loss: kd }') }),
    code: 'UNAVAILABLE',
    says: /process "teacher-\w+" cannot start: teachers\[0\]: .*noise\.safetensors: .*its log is/,
  },
  {
    title: 'a learning rate that leads to infinity, naming the loss',
    text: () =>
      recipe({
        stages:
          '{ name: alone, kind: train, model: student, training: { optimizer: { learningRate: 100 }, epochs: 60 }, losses: [{ loss: ce, weight: 1.0e+30 }] }',
      }),
    code: 'INVALID_ARGUMENT',
    says: /not finite at step \d+/,
  },
];

describe('a run fails at once, and clearly,', () => {
  it.each(runs)('with $title', async ({ text, code, field, says }) => {
    const run = await runToEnd(text());
    expect(run.state).toBe(State.FAILED);
    const [task] = run.tasks;
    const error = errorFromStatus(task.error ?? { code: 0, message: 'there is no error' });
    const found = { code: error.codeName, message: error.message, attempts: task.attempt };
    expect(found).toEqual({ code, message: expect.stringMatching(says) as string, attempts: 1 });
    if (field !== undefined) expect(error.violations[0]?.field).toBe(field);
    expect(errorFromStatus(run.error ?? { code: 0, message: '' }).message).toBe(error.message);
  });

  it('and the same workers do the next run well', async () => {
    const run = await runToEnd(recipe({ stages: alone }));
    expect(run.state).toBe(State.SUCCEEDED);
    expect(orchestrator.process.log).not.toMatch(/"name":"trainer-1".*"process ended/);
  });
});
