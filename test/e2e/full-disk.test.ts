import { openArtifacts } from '@lyceum/artifacts';
import { decodeSafetensors } from '@lyceum/tensor';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileScope } from '../processes/scope.js';
import { SmallDisk } from '../processes/small-disk.js';
import { digestsOf, LyceumCommand, oneThread, runNameOf } from './lyceum-command.js';
import { WatchedRun } from './watched-run.js';

const scope = fileScope();
const recipe = join(scope.folder, 'recipe.yaml');
writeFileSync(
  recipe,
  `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: full-disk }
spec:
  data: { name: "synthetic:28x28x1/10", trainLimit: 512, testLimit: 100 }
  models: { student: { architecture: plain-cnn-8 } }
  training: { epochs: 40, checkpointSeconds: 0.1 }
  stages:
    - { name: alone, kind: train, model: student }
`,
);

function start(lyceum: LyceumCommand): WatchedRun {
  const report = join(scope.folder, `${Math.random()}.html`);
  return new WatchedRun(lyceum.start('run', recipe, '--report', report, '--trainers', '1', ...oneThread));
}

const lyceum = new LyceumCommand(scope, 'small');
// Room for a handful of checkpoints of 150 kB.
const disk = SmallDisk.mount(join(lyceum.home, 'artifacts'), 2000);
if (disk instanceof SmallDisk) scope.defer(() => disk[Symbol.dispose]());

describe.skipIf('missing' in disk)('a checkpoint that finds the disk full', () => {
  it('is told of, the last good one stays, and a killed trainer goes on from it once there is room', async () => {
    if ('missing' in disk) return;
    const undisturbed = new LyceumCommand(scope, 'roomy');
    const reference = start(undisturbed);
    const watched = start(lyceum);
    await watched.reaches('alone', 20);
    disk.fill();
    const [, failedAt] = await watched.command.says(
      /checkpoint at step (\d+) was not written: .*no space left under .*; the last good one is kept/,
    );

    const name = await runNameOf(watched.command);
    const artifacts = openArtifacts(join(lyceum.home, 'artifacts'));
    const [newest] = (await artifacts.list(`${name}/alone/checkpoints`)).reverse();
    const good = Number(decodeSafetensors(await artifacts.get(newest)).metadata.step);
    expect(good).toBeGreaterThan(0);
    expect(good).toBeLessThan(Number(failedAt));

    const { process: trainer } = await watched.reaches('alone', 0);
    disk.free();
    process.kill(trainer.pid, 'SIGKILL');
    await watched.command.says(/goes on at step [1-9]\d* of 320 from its checkpoint/);

    for (const { command } of [watched, reference]) expect((await command.ended).code).toBe(0);
    const { run } = await lyceum.show(name);
    expect(run.tasks[0].attempt).toBe(2);
    const expected = await undisturbed.show(await runNameOf(reference.command));
    expect(digestsOf(run)).toEqual(digestsOf(expected.run));
  }, 240_000);
});
