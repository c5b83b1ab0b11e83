// One training step of a student, resnet8x4, batch 64, 32x32x3, on Lyceum and on PyTorch's eager default, in turns.
// Both processes stay up and the two steps of a pair follow each other, so that whatever else the machine does hits
// both; the ratio is the median of the pairs' ratios.
import { cacheFolder, processorCount } from '@lyceum/engine';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const help = `node bench/peers/resnet8x4-step.mjs [options]

One training step (forward, backward, SGD with momentum) of resnet8x4, batch 64, on Lyceum and on PyTorch.
PyTorch is installed once, by pip, into a virtual environment of its own in the cache folder (about 6 GB with
what its wheel brings along). Build first: npm run build.

  --pairs N          timed pairs of steps (default 30)
  --warmup N         pairs before them (default 4)
  --threads N        of each (default: this machine's processors)
  --torch VERSION    default 2.9.1
  --channels-last    PyTorch's other memory layout instead of its default
  --python PATH      a Python that has PyTorch, instead of the virtual environment
  --json FILE        writes the figures as a list of {name, value, unit}
`;

const { values: options } = parseArgs({
  options: {
    pairs: { type: 'string', default: '30' },
    warmup: { type: 'string', default: '4' },
    threads: { type: 'string', default: String(processorCount()) },
    torch: { type: 'string', default: '2.9.1' },
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

const file = (name) => fileURLToPath(new URL(`./resnet8x4-step/${name}`, import.meta.url));

/** A Python with PyTorch, installed on the first call. */
function pythonWithTorch(version) {
  const folder = join(cacheFolder(), 'peers', `torch-${version}`);
  const python = join(folder, 'bin', 'python');
  const has = (path) => existsSync(path) && spawnSync(path, ['-c', 'import torch']).status === 0;
  if (has(python)) return python;
  console.log(`installing PyTorch ${version} into ${folder}`);
  run('python3', ['-m', 'venv', folder]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--no-cache-dir', `torch==${version}`, 'numpy']);
  return python;
}

function run(command, parameters) {
  const { status, error } = spawnSync(command, parameters, { stdio: 'inherit' });
  if (status !== 0)
    throw new Error(`${command} ${parameters.join(' ')} failed: ${error ?? `status ${status}`}`);
}

/** A process that makes one step for each line it is sent. */
async function startPeer(command, parameters) {
  const child = spawn(command, parameters, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${command} ${parameters[0]} ended early`);
    return value;
  };
  const about = await read();
  return {
    about,
    async step() {
      child.stdin.write('step\n');
      const [wallMs, processorMs] = (await read()).split(' ').map(Number);
      return { wallMs, processorMs };
    },
    stop: () => child.stdin.end(),
  };
}

const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

const python = options.python ?? pythonWithTorch(options.torch);
const layout = options['channels-last'] ? ['--channels-last'] : [];
const peers = {
  lyceum: await startPeer(process.execPath, [file('lyceum.mjs'), options.threads]),
  pytorch: await startPeer(python, [file('pytorch.py'), '--threads', options.threads, ...layout]),
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
    const time = await peers[name].step();
    const othersMs = Math.max(0, machineMs() - before - time.processorMs);
    if (pair >= warmup) taken[name].push({ ...time, others: othersMs / (time.wallMs * cpus().length) });
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
