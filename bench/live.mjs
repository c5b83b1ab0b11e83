// Steps of one student while its teacher computes every batch anew, against steps of the same student alone on the same
// cores. The teacher is a resnet8 with one compute thread, far from being the bottleneck; the student has the threads
// that are left, distilling and alone.
import { processorCount } from '@lyceum/engine';
import { processorSeconds } from './process-figures.mjs';
import { inTurn, median } from './rounds.mjs';
import { withTeacher } from './served-teacher.mjs';
import { batchSize, imagesOf, openStudent, startCompute } from './student.mjs';

const variants = ['alone', 'kd'];
/** Batches that the student asks for ahead of its step. */
const window = 8;

export async function bench({ rounds = 7, stepsARound = 4, say }) {
  const threads = Math.max(1, processorCount() - 1);
  const config = { architecture: 'resnet8', classCount: 100, inputShape: [32, 32, 3] };
  // As many batches as are asked for: none comes twice.
  const data = imagesOf(batchSize * (2 + rounds * stepsARound + window), 'fresh');
  const action = async ({ address, pid }) => {
    const open = async (method) => [
      method,
      await openStudent(await startCompute(threads), { method, data, address, window }),
    ];
    const students = Object.fromEntries(await Promise.all(variants.map(open)));
    for (const variant of variants) await students[variant].take(2);
    const times = { alone: [], kd: [] };
    let teacherSeconds = 0;
    for (let round = 0; round < rounds; round += 1) {
      for (const variant of inTurn(variants, round)) {
        const [started, before] = [performance.now(), processorSeconds(pid)];
        await students[variant].take(stepsARound);
        times[variant].push((performance.now() - started) / stepsARound);
        if (variant === 'kd') teacherSeconds += processorSeconds(pid) - before;
      }
      const taken = variants.map((variant) => `${variant} ${times[variant].at(-1).toFixed(0)} ms`);
      say(`round ${round + 1} of ${rounds}: ${taken.join(', ')}`);
    }
    for (const variant of variants) students[variant].close();
    const teacherMs = (1000 * teacherSeconds) / (rounds * stepsARound);
    return figures({ times, rounds, threads, teacherMs });
  };
  return withTeacher(config, data.name, action, { threads, args: ['--thread-count', '1'] });
}

function figures({ times, rounds, threads, teacherMs }) {
  return [
    {
      name: 'live/alone/step',
      value: median(times.alone),
      unit: 'ms',
      note: `resnet8x4, batch 64, 32x32x3, compute threads: ${threads}, median of ${rounds} rounds`,
    },
    { name: 'live/kd/step', value: median(times.kd), unit: 'ms', note: 'a resnet8 answers each step anew' },
    {
      name: 'live/teacher/step',
      value: teacherMs,
      unit: 'ms of processor',
      note: "of the teacher's process for a student's step",
    },
    {
      name: 'live/kd/ratio',
      value: median(times.alone.map((alone, round) => alone / times.kd[round])),
      unit: 'throughput ÷ alone',
      note: 'at least 0.95 wanted',
    },
  ];
}
