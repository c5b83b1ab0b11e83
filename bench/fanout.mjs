// What four students with four methods cost their teacher, against one student: processor time of the teacher's process,
// so that other work on the machine does not count. Students are streams of requests: nobody trains.
import { openTeacher } from '@lyceum/client';
import { DistillOpen } from '@lyceum/contracts/teacher';
import { describeModel } from '@lyceum/models';
import { median } from './rounds.mjs';
import { processorSeconds } from './process-figures.mjs';
import { withTeacher } from './served-teacher.mjs';
import { newSeed } from './student.mjs';

const batchSize = 64;
const batchCount = 2;
const data = { name: 'synthetic:32x32x3/100', trainLimit: batchSize * batchCount, testLimit: 100 };
const network = { classCount: 100, inputShape: [32, 32, 3] };
const seed = newSeed();
/** What each method reads of the student, which its key may depend on. */
const methods = {
  kd: { logits: 'logits' },
  at: { layer1: 'f1', layer2: 'f2', layer3: 'f3' },
  sp: { layer: 'f3' },
  crd: { feature: 'f4' },
};

function openingOf(method) {
  const taps = describeModel({ architecture: 'resnet8x4', ...network }).taps;
  const shapes = Object.entries(methods[method]).map(([slot, name]) => [
    slot,
    { shape: taps.find((tap) => tap.name === name).shape },
  ]);
  const key = { id: method, loss: method, studentShapes: Object.fromEntries(shapes) };
  const augmentation = { padCropPixels: 4, flip: true, seed };
  return DistillOpen.fromPartial({ keys: [key], data, augmentation });
}

/** Asks for every batch of a view, as a student does who asks ahead, and reads the answers. */
async function learn(stream, view) {
  for (let sequence = 0; sequence < batchCount; sequence += 1) {
    const indices = Array.from({ length: batchSize }, (_, i) => sequence * batchSize + i);
    await stream.request({ sequence, content: { $case: 'samples', value: { indices, view } } });
  }
  let answered = 0;
  for await (const { error } of stream) {
    if (error !== undefined) throw error;
    answered += 1;
    if (answered === batchCount) stream.end();
  }
  if (answered !== batchCount) throw new Error(`the teacher answered ${answered} of ${batchCount} batches`);
}

/** Processor time of a teacher for a batch, asked for by one student and by four; the median of the rounds' ratios. */
export async function bench({ rounds = 5, say }) {
  return withTeacher({ architecture: 'resnet32x4', ...network }, data.name, ({ address, pid }) =>
    compare(openTeacher(address), pid, rounds, say),
  );
}

async function compare(teachers, pid, rounds, say) {
  let view = 0;
  /** Seconds that the teacher computes for one batch while these students learn from it together. */
  const cost = async (students) => {
    const streams = [];
    for (const method of students) streams.push(await teachers.distill(openingOf(method)));
    view += 1;
    const before = processorSeconds(pid);
    await Promise.all(streams.map((stream) => learn(stream, view)));
    return (processorSeconds(pid) - before) / batchCount;
  };
  try {
    const all = Object.keys(methods);
    await cost(all);
    const taken = { one: [], four: [] };
    for (let round = 0; round < rounds; round += 1) {
      // Every method is the one student in turn.
      taken.one.push(await cost([all[round % all.length]]));
      taken.four.push(await cost(all));
      say(
        `round ${round + 1} of ${rounds}: ${taken.one[round].toFixed(3)} s, ${taken.four[round].toFixed(3)} s`,
      );
    }
    return [
      {
        name: 'fanout1/teacher/batch',
        value: 1000 * median(taken.one),
        unit: 'ms of processor',
        note: `resnet32x4, batch 64, 32x32x3, median of ${rounds} rounds`,
      },
      {
        name: 'fanout4/teacher/batch',
        value: 1000 * median(taken.four),
        unit: 'ms of processor',
        note: 'a batch for all four',
      },
      {
        name: 'fanout4/teacher/ratio',
        value: median(taken.four.map((four, round) => four / taken.one[round])),
        unit: 'of one student',
        note: 'at most 1.05 wanted',
      },
    ];
  } finally {
    teachers.close();
  }
}
