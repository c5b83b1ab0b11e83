import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeWeights, tinyModel } from '../processes/made-weights.js';
import { isAlive } from '../processes/process-table.js';
import { fileScope } from '../processes/scope.js';
import { LyceumCommand, oneThread, runNameOf } from './lyceum-command.js';
import { WatchedRun } from './watched-run.js';

const scope = fileScope();
const lyceum = new LyceumCommand(scope, 'home');
const recipe = join(scope.folder, 'recipe.yaml');
const weights = join(scope.folder, 'teacher.safetensors');
writeFileSync(
  recipe,
  `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: resumed }
spec:
  data: { name: "${tinyModel.data}", trainLimit: 512, testLimit: 100 }
  models:
    student: { architecture: plain-cnn-8 }
    teacher: { architecture: plain-cnn-8, weights: ${weights} }
  training: { epochs: 24, checkpointSeconds: 0 }
  stages:
    - { name: kd, kind: distill, model: student, teachers: [{ model: teacher }], losses: [{ loss: kd }] }
`,
);

function start(command = lyceum): WatchedRun {
  const report = join(scope.folder, 'report.html');
  return new WatchedRun(command.start('run', recipe, '--report', report, '--trainers', '1', ...oneThread));
}

describe('the same command', () => {
  it('goes on with a run that failed for want of a teacher, and with one that was interrupted', async () => {
    writeFileSync(weights, 'these are no weights');
    const failing = start();
    expect((await failing.command.ended).code).toBe(1);
    const name = await runNameOf(failing.command);
    expect(failing.command.log).toMatch(
      new RegExp(
        `lyceum: run ${name} did not succeed: kd: process "teacher-\\w+" cannot start: .*teacher\\.safetensors`,
      ),
    );

    copyFileSync(await makeWeights(scope.folder), weights);
    const interrupted = start();
    await interrupted.reaches('kd', 10);
    const processes = interrupted.processes();
    expect((await interrupted.command.stop()).code).toBe(1);
    expect(interrupted.command.log).toContain(`goes on with run ${name}`);
    expect(interrupted.command.log).toContain(`interrupted; the same command goes on with run ${name}`);
    expect(processes.filter(({ pid }) => isAlive(pid))).toEqual([]);

    const last = start();
    expect((await last.command.ended).code).toBe(0);
    expect(last.command.log).toMatch(/goes on at step [1-9]\d* of 192 from its checkpoint/);
    expect((await lyceum.show(name)).run.tasks).toMatchObject([{ name: 'kd', step: 192 }]);
  }, 180_000);
});

describe('a run whose trainers cannot start', () => {
  it('fails with what they say, and does not wait for ever', async () => {
    const astray = new LyceumCommand(scope, 'astray', { LYCEUM_TRAINER_PATIENCE_SECONDS: 'soon' });
    const { command } = start(astray);
    expect((await command.ended).code).toBe(1);
    const why =
      /did not succeed: process "trainer-1" cannot start: .*patienceSeconds: must be a number.*found "soon"/;
    expect(command.log).toMatch(why);
  });
});
