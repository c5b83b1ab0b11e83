// One training step of a student, resnet8x4, batch 64, 32x32x3, on Lyceum and on PyTorch's eager default, in turns.
// Both processes stay up and the two steps of a pair follow each other, so that whatever else the machine does hits
// both; the ratio is the median of the pairs' ratios.
import { processorCount } from '@lyceum/engine';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { median } from '../rounds.mjs';
import { peerFile, pythonWithTorch, startPeer, torchVersion } from './pytorch.mjs';

const help = `node bench/peers/resnet8x4-step.mjs [options]

One training step (forward, backward, SGD with momentum) of resnet8x4, batch 64, on Lyceum and on PyTorch.
PyTorch is installed once, by pip, into a virtual environment of its own in the cache folder (about 6 GB with
what its wheel brings along). Build first: npm run build.

  --pairs N          timed pairs of steps (default 30)
  --warmup N         pairs before them (default 4)
  --threads N        of each (default: this machine's processors)
  --torch VERSION    default ${torchVersion}
  --channels-last    PyTorch's other memory layout instead of its default
  --python PATH      a Python that has PyTorch, instead of the virtual environment
  --json FILE        writes the figures as a list of {name, value, unit}
`;

const { values: options } = parseArgs({
  options: {
    pairs: { type: 'string', default: '30' },
    warmup: { type: 'string', default: '4' },
    threads: { type: 'string', default: String(processorCount()) },
    torch: { type: 'string', default: torchVersion },
    'channels-last': { type: 'boolean', default: false },
    python: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean' },
  },
});
if (options.help) {
  console.log(help);
  process.exit(0);
}

const python = pythonWithTorch(options.torch, options.python);
const layout = options['channels-last'] ? ['--channels-last'] : [];
const peers = {
  lyceum: await startPeer(process.execPath, [peerFile('student-step.mjs'), options.threads]),
  pytorch: await startPeer(python, [peerFile('student_step.py'), '--threads', options.threads, ...layout]),
};
console.log(`${peers.lyceum.about}\n${peers.pytorch.about}${layout.length > 0 ? ', channels last' : ''}`);
console.log(
  `${options.threads} threads, batch 64, 32x32x3, ${options.pairs} pairs after ${options.warmup}\n`,
);

/** Processor time of the whole machine so far, in milliseconds. */
const machineMs = () =>
  cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);

const taken = { lyceum: [], pytorch: [] };
const [warmup, pairs] = [Number(options.warmup), Number(options.pairs)];
for (let pair = 0; pair < warmup + pairs; pair += 1) {
  // The order alternates: the second of a pair may find a warmer or a colder processor.
  const order = pair % 2 === 0 ? ['lyceum', 'pytorch'] : ['pytorch', 'lyceum'];
  for (const name of order) {
    const before = machineMs();
    const [wallMs, processorMs] = (await peers[name].ask('step')).split(' ').map(Number);
    const othersMs = Math.max(0, machineMs() - before - processorMs);
    if (pair >= warmup)
      taken[name].push({ wallMs, processorMs, others: othersMs / (wallMs * cpus().length) });
  }
}
for (const peer of Object.values(peers)) peer.stop();

const of = (name, what) => taken[name].map((time) => time[what]);
const ratioOf = (what) => median(taken.lyceum.map((time, pair) => time[what] / taken.pytorch[pair][what]));
const figures = [
  { name: 'resnet8x4-step/lyceum', value: median(of('lyceum', 'wallMs')), unit: 'ms' },
  { name: 'resnet8x4-step/pytorch', value: median(of('pytorch', 'wallMs')), unit: 'ms' },
  { name: 'resnet8x4-step/ratio', value: ratioOf('wallMs'), unit: 'of PyTorch' },
  { name: 'resnet8x4-step/lyceum/best', value: Math.min(...of('lyceum', 'wallMs')), unit: 'ms' },
  { name: 'resnet8x4-step/pytorch/best', value: Math.min(...of('pytorch', 'wallMs')), unit: 'ms' },
  { name: 'resnet8x4-step/processor-ratio', value: ratioOf('processorMs'), unit: 'of PyTorch' },
];
for (const { name, value, unit } of figures) {
  console.log(
    `${name.padEnd(32)} ${(unit === 'ms' ? value.toFixed(1) : value.toFixed(3)).padStart(9)} ${unit}`,
  );
}
const others = median([...of('lyceum', 'others'), ...of('pytorch', 'others')]);
console.log(`\nOther processes took ${(100 * others).toFixed(0)} % of the machine meanwhile (median).`);
if (others > 0.1)
  console.log('That is too much for these figures to mean anything; run again when it is quiet.');
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
