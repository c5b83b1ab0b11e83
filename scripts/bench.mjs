// Prints what distilling costs, as ratios measured side by side in one run, and keeps it in docs/performance.md.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { root, setUp } from './setup.mjs';

/** Each file exports `bench({ rounds, say })`, which gives a list of { name, value, unit, note }. */
const benchmarks = {
  distill: {
    file: 'bench/distill.mjs',
    about:
      'steps of a student that distills kd, at, sp or crd from answers that its teacher has already, against steps of the same student alone',
  },
  live: {
    file: 'bench/live.mjs',
    about:
      'steps of a student that distills kd from a small teacher which computes each answer, against steps of the same student alone on the same cores',
  },
  epochs5: {
    file: 'bench/epochs5.mjs',
    about:
      'runs of five epochs, resnet32x4 to resnet8x4, with keys of one view or of a new one in each epoch, against a loop in PyTorch that has teacher and student in one process',
  },
  fanout: {
    file: 'bench/fanout.mjs',
    about:
      "four students' requests (kd, at, sp, crd) to one teacher, against one student's, by processor time",
  },
  channel: {
    file: 'bench/channel.mjs',
    about:
      "the Distill channel's MB/s against a bare grpc-js byte stream of the same message sizes, and what a trainer does with what arrives",
  },
  cache: {
    file: 'bench/key-cache.mjs',
    about:
      'reading keys that a teacher keeps on disk, from the page cache, and killing those that write them, 50 times',
  },
  memory: {
    file: 'bench/memory.mjs',
    about:
      'resident memory of a trainer and of its teacher over 10,000 steps of a run, which should not grow',
  },
};

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string' },
    rounds: { type: 'string' },
    help: { type: 'boolean' },
  },
});
const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
const mistake =
  values.only !== undefined && !(values.only in benchmarks)
    ? `--only: there is no benchmark "${values.only}"`
    : rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)
      ? `--rounds: must be a whole number above 0, found "${values.rounds}"`
      : undefined;
if (values.help || mistake !== undefined) {
  if (mistake !== undefined) console.error(mistake);
  console.log(`npm run bench -- [--only NAME] [--rounds N] [--json FILE]

Prints each figure, and writes docs/performance.md. With --only the other figures of that page stay as they are.
With --rounds, for a trial in less time, the page is not written.\n`);
  for (const [name, { about }] of Object.entries(benchmarks)) console.log(`  ${name.padEnd(8)} ${about}`);
  console.log('\nStudent against PyTorch, by hand: node bench/peers/resnet8x4-step.mjs');
  process.exit(mistake === undefined ? 0 : 2);
}

/** Figures of one benchmark, in a process of its own: neither threads nor memory of one reach the next. */
async function measure(file) {
  const child = fork('bench/run-one.mjs', [`../${file}`, JSON.stringify({ rounds })], {
    cwd: root,
    timeout: 15 * 60_000,
  });
  let figures;
  child.on('message', (message) => (figures = message));
  const [code, signal] = await once(child, 'exit');
  if (code === 0 && figures !== undefined) return figures;
  throw new Error(
    signal === 'SIGTERM' ? 'it took longer than 15 minutes' : `it ended with ${signal ?? `code ${code}`}`,
  );
}

setUp();
const measured = {};
for (const [name, { file, about }] of Object.entries(benchmarks)) {
  if (values.only !== undefined && values.only !== name) continue;
  console.log(`\n== ${name}: ${about}`);
  try {
    measured[name] = { about, figures: await measure(file) };
  } catch (error) {
    process.exitCode = 1;
    console.error(`${name}: ${error.message}; what it says above tells why, --only ${name} runs it again`);
  }
}
console.log('');
const figures = Object.values(measured).flatMap((benchmark) => benchmark.figures);
for (const { name, value, unit, note } of figures) {
  console.log(`${name.padEnd(26)} ${value.toPrecision(4).padStart(8)}  ${unit.padEnd(20)} ${note}`);
}
if (values.json !== undefined) {
  const list = figures.map(({ name, value, unit }) => ({ name, value, unit }));
  writeFileSync(values.json, `${JSON.stringify(list, null, 2)}\n`);
}
if (rounds === undefined) {
  const { writePage } = await import('../bench/performance-page.mjs');
  await writePage(measured, Object.keys(benchmarks));
}
process.exit();
