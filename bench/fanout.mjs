// What four students with four methods cost their teacher, against one student: processor time of the teacher's process,
// so that other work on the machine does not count. Students are streams of requests: nobody trains.
import { openTeacher } from '@lyceum/client';
import { DistillOpen } from '@lyceum/contracts/teacher';
import { startEngine } from '@lyceum/engine';
import { buildModel, describeModel, saveWeights } from '@lyceum/models';
import { waitForReady } from '@lyceum/rpc';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const batchSize = 64;
const batchCount = 2;
const data = { name: 'synthetic:32x32x3/100', trainLimit: batchSize * batchCount, testLimit: 100 };
const network = { classCount: 100, inputShape: [32, 32, 3] };
/** What each method reads of the student, which its key may depend on. */
const methods = {
  kd: { logits: 'logits' },
  at: { layer1: 'f1', layer2: 'f2', layer3: 'f3' },
  sp: { layer: 'f3' },
  crd: { feature: 'f4' },
};

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Processor time of a process so far, all its threads, in seconds. */
function processorSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) / ticksPerSecond;
}

function openingOf(method) {
  const taps = describeModel({ architecture: 'resnet8x4', ...network }).taps;
  const shapes = Object.entries(methods[method]).map(([slot, name]) => [
    slot,
    { shape: taps.find((tap) => tap.name === name).shape },
  ]);
  const key = { id: method, loss: method, studentShapes: Object.fromEntries(shapes) };
  const augmentation = { padCropPixels: 4, flip: true, seed: 1 };
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

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Processor time of a teacher for a batch, asked for by one student and by four; the median of the rounds' ratios. */
export async function benchFanout({ rounds = 5, say = () => undefined } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'lyceum-bench-'));
  const address = `unix:${join(folder, 't.sock')}`;
  await startEngine({ backend: 'auto' });
  const teacher = buildModel({ architecture: 'resnet32x4', ...network }, 1);
  writeFileSync(join(folder, 'teacher.safetensors'), saveWeights(teacher, { data: data.name }));
  teacher.dispose();
  const entry = fileURLToPath(new URL('../services/teacher-inference/dist/main.js', import.meta.url));
  const args = ['--address', address, '--teachers', `teacher=${join(folder, 'teacher.safetensors')}`];
  const child = spawn(process.execPath, [entry, ...args], {
    stdio: ['pipe', 'ignore', 'inherit'],
    env: { ...process.env, LYCEUM_EXIT_WITH_PARENT: '1', LYCEUM_LOG_LEVEL: 'warn' },
  });
  const teachers = openTeacher(address);
  let view = 0;
  /** Seconds that the teacher computes for one batch while these students learn from it together. */
  const cost = async (students) => {
    const streams = [];
    for (const method of students) streams.push(await teachers.distill(openingOf(method)));
    view += 1;
    const before = processorSeconds(child.pid);
    await Promise.all(streams.map((stream) => learn(stream, view)));
    return (processorSeconds(child.pid) - before) / batchCount;
  };
  try {
    await waitForReady(address, { deadlineMs: 60_000 });
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
    return {
      oneMs: 1000 * median(taken.one),
      fourMs: 1000 * median(taken.four),
      ratio: median(taken.four.map((four, round) => four / taken.one[round])),
      rounds,
    };
  } finally {
    teachers.close();
    child.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }
}
