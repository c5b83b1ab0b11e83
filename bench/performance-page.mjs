// docs/performance.md: the figures of `npm run bench`, made from docs/performance.json, which keeps those of each
// benchmark with what they were measured on, so that one can be measured again without the others.
import { startEngine } from '@lyceum/engine';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const file = (name) => fileURLToPath(new URL(`../docs/${name}`, import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/**
 * Takes up what was measured and writes the page anew.
 * @param measured `{ about, figures }` by benchmark
 * @param order of the benchmarks on the page; what is left of others is dropped
 */
export async function writePage(measured, order) {
  const path = file('performance.json');
  const before = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  const place = await describePlace();
  const known = Object.fromEntries(
    order
      .filter((name) => name in measured || name in before)
      .map((name) => [name, name in measured ? { ...place, ...measured[name] } : before[name]]),
  );
  await write(path, JSON.stringify(known));
  await write(file('performance.md'), page(known));
}

async function write(path, text) {
  writeFileSync(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
}

async function describePlace() {
  const { tensorflowVersion, package: engine, device } = await startEngine({ backend: 'auto' });
  const processors = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB of memory`;
  const tensorflow = tensorflowVersion === undefined ? engine : `TensorFlow ${tensorflowVersion}`;
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${processors.length} × ${processors[0].model.trim()}, ${memory}, device ${device}`,
    versions: `Lyceum ${version}, Node ${process.versions.node}, ${tensorflow}`,
  };
}

function page(known) {
  return [
    '# What distilling costs',
    '',
    'Written by `npm run bench`, which measures all of it in one run. What a ratio compares took turns in that run, and',
    'the ratio is the median of those of the rounds, so that whatever else a machine did hit both sides alike; times are',
    'medians, of this machine only. `npm run bench -- --only NAME` measures one part anew and leaves the others.',
    '',
    ...Object.entries(known).flatMap(([name, benchmark]) => part(name, benchmark)),
  ].join('\n');
}

function part(name, { about, figures, date, machine, versions }) {
  return [
    `## ${name}`,
    '',
    `${about[0].toUpperCase()}${about.slice(1)}.`,
    '',
    '| Figure | Value | Unit | What it is |',
    '| --- | ---: | --- | --- |',
    ...figures.map(({ name, value, unit, note }) => `| \`${name}\` | ${shown(value)} | ${unit} | ${note} |`),
    '',
    `\`npm run bench -- --only ${name}\`, ${date}, on ${machine}; ${versions}.`,
    '',
  ];
}

/** Four digits, without powers of ten. */
function shown(value) {
  return Math.abs(value) >= 1000 ? value.toFixed(0) : Number(value.toPrecision(4)).toString();
}
