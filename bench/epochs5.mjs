// Whole runs of five epochs, resnet32x4 to resnet8x4, against a loop in PyTorch that has both networks in one process,
// as RepDistiller does. Runs take turns on all cores. Lyceum prepares its images in the step, the loop has them.
import { processorCount } from '@lyceum/engine';
import { peerFile, pythonWithTorch, startPeer } from './peers/pytorch.mjs';
import { inTurn, median } from './rounds.mjs';
import { withTeacher } from './served-teacher.mjs';
import { batchSize, imagesOf, newSeed, openStudent, startCompute } from './student.mjs';

const epochs = 5;
const stepsPerEpoch = 6;
const stepCount = epochs * stepsPerEpoch;
const runs = {
  /**
   * Keys of one view, computed in the first epoch. What is asked for ahead at the end of that epoch, before its last
   * keys are there, is computed twice: at most a window, nothing in an epoch of hundreds of steps. In one of six it has
   * to be a small window.
   */
  cached: { views: 1, window: 2 },
  fresh: { views: 'fresh', window: 8 },
};

export async function bench({ rounds = 5, say }) {
  const threads = processorCount();
  const python = pythonWithTorch();
  const config = { architecture: 'resnet32x4', classCount: 100, inputShape: [32, 32, 3] };
  return withTeacher(config, imagesOf(1, 1).name, async ({ address }) => {
    const compute = await startCompute();
    const peer = await startPeer(python, [peerFile('colocated.py'), '--threads', String(threads)]);
    say(`against ${peer.about}, ${threads} threads`);
    const measure = {
      colocated: async (steps) => ({ runMs: Number(await peer.ask(steps)) }),
      cached: (steps) => run(compute, address, runs.cached, steps),
      fresh: (steps) => run(compute, address, runs.fresh, steps),
    };
    const variants = Object.keys(measure);
    for (const variant of variants) await measure[variant](2);
    const taken = Object.fromEntries(variants.map((variant) => [variant, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const variant of inTurn(variants, round)) taken[variant].push(await measure[variant](stepCount));
      const rates = variants.map((variant) => `${variant} ${rateOf(taken[variant].at(-1)).toFixed(1)}`);
      say(`round ${round + 1} of ${rounds}: ${rates.join(', ')} images/s`);
    }
    peer.stop();
    await compute.stop();
    return figures(taken, rounds, peer.about);
  });
}

/** A run from its first request to the end of its last step; the teacher has not seen its views before. */
async function run(compute, address, { views, window }, steps) {
  const data = imagesOf(batchSize * stepsPerEpoch, views);
  const options = { method: 'kd', data, address, window, epochs, dataSeed: newSeed() };
  const student = await openStudent(compute, options);
  const started = performance.now();
  const ended = await student.take(steps);
  student.close();
  // From the third epoch on nothing is left of how the first began.
  const lateMs = ended.at(-1) - (ended[2 * stepsPerEpoch - 1] ?? started);
  return { runMs: ended.at(-1) - started, lateMs };
}

const rateOf = ({ runMs }) => (1000 * batchSize * stepCount) / runMs;
const lateRateOf = ({ lateMs }) => (1000 * batchSize * (epochs - 2) * stepsPerEpoch) / lateMs;

function figures({ colocated, cached, fresh }, rounds, about) {
  const rate = (runs) => median(runs.map(rateOf));
  const ratio = (runs, of = rateOf) => median(runs.map((run, i) => of(run) / rateOf(colocated[i])));
  const unit = 'images/s ÷ co-located';
  const size = `${stepsPerEpoch} steps of 64 an epoch, median of ${rounds} runs`;
  return [
    {
      name: 'epochs5/colocated',
      value: rate(colocated),
      unit: 'images/s',
      note: `both networks in a loop of ${about}`,
    },
    { name: 'epochs5/cached', value: rate(cached), unit: 'images/s', note: `\`views: 1\`, ${size}` },
    { name: 'epochs5/fresh', value: rate(fresh), unit: 'images/s', note: `\`views: fresh\`, ${size}` },
    { name: 'epochs5/cached/ratio', value: ratio(cached), unit, note: 'at least 1.8 wanted' },
    { name: 'epochs5/fresh/ratio', value: ratio(fresh), unit, note: 'at least 0.95 wanted' },
    {
      name: 'epochs5/cached/limit',
      value: ratio(cached, lateRateOf),
      unit,
      note: 'what a run of many epochs comes to: the third to the fifth alone',
    },
  ];
}
