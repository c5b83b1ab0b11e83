// Steps of one student, alone and with each method, while the teacher has every answer already. The variants take
// turns, so that whatever else the machine does hits all of them alike.
//
// Who has the answers computed is one more stream of the teacher, that asks for every batch before the rounds: its
// forward pass serves all that are about to ask for the same batch, keys of single samples (kd, at, crd) and those of a
// whole batch in its order (sp) alike. So each timed step asks for a batch, and is answered, without a forward pass.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { inTurn, median } from './rounds.mjs';
import { processorSeconds } from './process-figures.mjs';
import { withTeacher } from './served-teacher.mjs';
import { batchSize, imagesOf, openStudent, startCompute } from './student.mjs';

const methods = ['kd', 'at', 'sp', 'crd'];
const variants = ['alone', ...methods];
const keySizes = {
  kd: '100 logits a sample',
  at: '3 attention maps a sample',
  sp: 'a matrix of 64x64 a batch',
  crd: '256 features a sample',
};
/** Batches that a student asks for ahead of its step. */
const window = 8;

/** Median milliseconds of a step for each variant, and the ratios to the student alone. */
export async function bench({ rounds = 7, stepsARound = 4, say }) {
  const config = { architecture: 'resnet32x4', classCount: 100, inputShape: [32, 32, 3] };
  // As many batches as are asked for: none comes twice.
  const data = imagesOf(batchSize * (2 + rounds * stepsARound + window + stepsARound), 1);
  return withTeacher(config, data.name, async ({ address, pid }) => {
    const open = async (method) => [
      method,
      await openStudent(await startCompute(), { method, data, address, window }),
    ];
    const students = Object.fromEntries(await Promise.all(variants.map(open)));
    say(`${variants.length} students are ready`);
    const times = Object.fromEntries(variants.map((v) => [v, []]));
    const { recordUpTo, close } = await warmUp(students);
    let teacherSeconds = 0;
    // How late this thread, which a service answers its health checks on, gets to work while steps run.
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    for (let round = 0; round < rounds; round += 1) {
      await recordUpTo(students.alone.nextStep + stepsARound + window);
      const before = processorSeconds(pid);
      for (const variant of inTurn(variants, round)) {
        const started = performance.now();
        await students[variant].take(stepsARound);
        times[variant].push((performance.now() - started) / stepsARound);
      }
      teacherSeconds += processorSeconds(pid) - before;
      const taken = variants.map((variant) => `${variant} ${times[variant].at(-1).toFixed(0)} ms`);
      say(`round ${round + 1} of ${rounds}: ${taken.join(', ')}`);
    }
    delay.disable();
    close();
    const teacherMs = (1000 * teacherSeconds) / (rounds * stepsARound * methods.length);
    return figures({ times, rounds, samples: data.trainLimit, teacherMs, delay });
  });
}

/** First steps of all, and the stream that asks ahead of them. */
async function warmUp(students) {
  const all = Object.values(students);
  // Together: what they ask for before anybody is ahead of them is computed once.
  await Promise.all(all.map((student) => student.take(1)));
  const ahead = students.kd.openKeys(1);
  let recorded = students.kd.nextStep + window - 1;
  const recordUpTo = async (end) => {
    for (; recorded < end; recorded += 1) await ahead.keysOf(recorded);
  };
  await recordUpTo(recorded + 2);
  for (const student of all) await student.take(1);
  return {
    recordUpTo,
    close: () => [ahead, ...all].forEach((stream) => stream.close()),
  };
}

function figures({ times, rounds, samples, teacherMs, delay }) {
  const ratio = (variant) => median(times.alone.map((alone, i) => alone / times[variant][i]));
  return [
    {
      name: 'distill/alone/step',
      value: median(times.alone),
      unit: 'ms',
      note: `resnet8x4, batch 64, 32x32x3, ${samples} samples, median of ${rounds} rounds`,
    },
    ...methods.flatMap((method) => [
      {
        name: `distill/${method}/step`,
        value: median(times[method]),
        unit: 'ms',
        note: `keys: ${keySizes[method]}`,
      },
      {
        name: `distill/${method}/ratio`,
        value: ratio(method),
        unit: 'throughput ÷ alone',
        note: 'at least 0.97 wanted',
      },
    ]),
    {
      name: 'distill/teacher/step',
      value: teacherMs,
      unit: 'ms of processor',
      note: "of the teacher's process for a student's step: what answering takes without a forward pass",
    },
    {
      name: 'main-thread/late/p99',
      value: delay.percentile(99) / 1e6,
      unit: 'ms',
      note: 'of the thread that answers health checks, while steps run',
    },
    { name: 'main-thread/late/max', value: delay.max / 1e6, unit: 'ms', note: 'below 50 wanted' },
  ];
}
