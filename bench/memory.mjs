// Resident memory of a trainer and of its teacher over the steps of one long run, a real one: its processes report,
// write checkpoints, and keep keys: those of a new view in each epoch, within a limit that is reached early.
import { TrainerServiceService } from '@lyceum/contracts/trainer-service';
import { connect } from '@lyceum/rpc';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WatchedRun } from '../test/dist/e2e/watched-run.js';
import { flagOf } from '../test/dist/processes/process-table.js';
import { RunningProcess } from '../test/dist/processes/running-process.js';
import { residentBytes } from './process-figures.mjs';

const stepsARound = 1000;
const stepsPerEpoch = 50;
const stepsASample = 100;
const MiB = 2 ** 20;

const recipe = (steps) => `
apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: memory }
spec:
  seed: 1
  data:
    name: 'synthetic:16x16x1/10'
    trainLimit: ${8 * stepsPerEpoch}
    testLimit: 50
    views: 1000
    augmentation: { padCropPixels: 2, flip: true }
  models: { small: { architecture: resnet8 } }
  training: { epochs: ${Math.ceil(steps / stepsPerEpoch)}, batchSize: 8, checkpointSeconds: 10 }
  stages:
    - { name: teacher, kind: train, model: small, training: { epochs: 1 } }
    - name: long
      kind: distill
      model: small
      teachers: [{ stage: teacher }]
      losses: [{ loss: ce }, { loss: kd }, { loss: at, weight: 100 }]
`;

/** A round is 1000 steps. */
export async function bench({ rounds = 10, say }) {
  const folder = mkdtempSync(join(tmpdir(), 'lyceum-bench-'));
  const file = join(folder, 'memory.yaml');
  writeFileSync(file, recipe(rounds * stepsARound));
  const entry = fileURLToPath(new URL('../libs/cli/bin/lyceum.js', import.meta.url));
  const flags = ['--trainers', '1', '--threads', '1', '--report', join(folder, 'report.html')];
  const command = RunningProcess.spawn('lyceum', [entry, '--home', folder, 'run', file, ...flags], {
    environment: { TMPDIR: folder, LYCEUM_TEACHER_CACHE_BYTES: String(4 * MiB) },
    graceMs: 20_000,
  });
  // Who is told to end has the run end too: then nothing is left to watch.
  process.once('SIGTERM', () => void command.stop());
  try {
    const samples = await watch(new WatchedRun(command), rounds * stepsARound, say);
    const { code } = await command.ended;
    if (code !== 0) throw new Error(`the run failed:\n${command.log}`);
    return figures(samples);
  } finally {
    await command.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Steps and bytes of both processes, from the start of the training to its end. */
async function watch(run, stepCount, say) {
  const { process: trainer } = await run.reaches('long', 1);
  const [teacher] = run.processes('teacher-inference');
  const samples = [];
  const connection = connect(flagOf(trainer, 'address'), TrainerServiceService);
  try {
    const steps = connection.watch('watchSteps', { everyStepCount: stepsASample });
    for await (const { metrics } of steps) {
      const sample = {
        step: metrics.step,
        trainer: residentBytes(trainer.pid),
        teacher: residentBytes(teacher.pid),
      };
      samples.push(sample);
      if (samples.length % 5 > 0) continue;
      const size = (bytes) => `${(bytes / MiB).toFixed(0)} MiB`;
      say(
        `step ${sample.step} of ${stepCount}: trainer ${size(sample.trainer)}, teacher ${size(sample.teacher)}`,
      );
    }
  } finally {
    connection.close();
  }
  return samples;
}

/** By the samples after the first fifth, in which caches and heaps come to their size. */
function figures(samples) {
  const settled = samples.slice(Math.floor(samples.length / 5));
  if (settled.length < 5) throw new Error(`only ${samples.length} samples were taken; give it more --rounds`);
  const [first, last] = [settled[0], settled[settled.length - 1]];
  const steps = `steps ${first.step} to ${last.step}`;
  return ['trainer', 'teacher'].flatMap((name) => [
    {
      name: `memory/${name}/slope`,
      value: slopeOf(settled.map((sample) => [sample.step, sample[name]])),
      unit: 'bytes a step',
      note: `least squares over ${settled.length} samples, ${steps}`,
    },
    {
      name: `memory/${name}/growth`,
      value: (last[name] - first[name]) / MiB,
      unit: 'MiB',
      note: `in these steps; ${(last[name] / MiB).toFixed(0)} MiB at their end`,
    },
  ]);
}

/** Slope of the line through points that leaves the least squares. */
function slopeOf(points) {
  const mean = (axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const products = points.map(([px, py]) => [(px - x) * (py - y), (px - x) ** 2]);
  const [top, bottom] = [0, 1].map((axis) => products.reduce((sum, pair) => sum + pair[axis], 0));
  return top / bottom;
}
