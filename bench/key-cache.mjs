// What keys on disk cost to read, and whether those that were acknowledged outlive writers that are killed.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killWriters } from '../services/teacher-inference/dist/disk/killed-writers.fixture.js';
import { KeyFolder } from '../services/teacher-inference/dist/disk/key-folder.js';
import { median } from './rounds.mjs';

const batchSize = 64;
const samples = 10_000;
/** Attention maps of a teacher of 32 x 32 pixels: what `at` asks of resnet32x4. */
const maps = [32, 16, 8].map((side, i) => ({ name: `at/layer${i + 1}`, shape: [side, side] }));
const rowNumbers = maps.reduce((sum, { shape: [h, w] }) => sum + h * w, 0);

/** Rows read by one thread, their file in the page cache; and two processes at a time killed in the middle of writes. */
export async function bench({ rounds = 9, kills = 50, say = () => undefined } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'lyceum-keys-'));
  try {
    const { read, write } = readRate(folder, rounds, say);
    const { acknowledged, torn, lost, wrong, ...done } = await killed(folder, kills, say);
    const note = `of ${acknowledged} rows in ${done.kills} kills, ${torn} rows were torn; 0 wanted`;
    return [
      {
        name: 'cache/read',
        value: read,
        unit: 'GB/s',
        note: `batches of ${batchSize} random rows of ${4 * rowNumbers} bytes, median of ${rounds} rounds; at least 1 wanted`,
      },
      { name: 'cache/write', value: write, unit: 'GB/s', note: 'the same rows, once, to a new file' },
      { name: 'cache/kills/lost', value: lost, unit: 'rows', note },
      { name: 'cache/kills/wrong', value: wrong, unit: 'rows', note: '0 wanted' },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readRate(folder, rounds, say) {
  const spec = { content: 'bench', view: 'all', sampleCount: samples, tensors: maps };
  const keys = new KeyFolder({ folder, limitBytes: Infinity, warn: say });
  const batches = Array.from({ length: Math.floor(samples / batchSize) }, (_, batch) =>
    // 7919 is a prime: every sample once, none beside its neighbour.
    Int32Array.from({ length: batchSize }, (_, i) => ((batch * batchSize + i) * 7919) % samples),
  );
  const tensors = maps.map(({ shape: [h, w] }) => new Float32Array(batchSize * h * w).fill(0.5));
  const bytes = batches.length * batchSize * rowNumbers * 4;
  const started = performance.now();
  for (const indices of batches) if (!keys.put(spec, indices, tensors)) throw new Error('keys were not kept');
  const write = bytes / 1e6 / (performance.now() - started);
  const read = [];
  for (let round = 0; round < rounds; round += 1) {
    const begun = performance.now();
    for (const indices of batches)
      if (keys.get(spec, indices) === undefined) throw new Error('keys are missing');
    read.push(bytes / 1e6 / (performance.now() - begun));
    say(`round ${round + 1} of ${rounds}: ${read[round].toFixed(2)} GB/s`);
  }
  keys.close();
  return { read: median(read), write };
}

async function killed(folder, kills, say) {
  const total = { kills: 0, acknowledged: 0, lost: 0, wrong: 0, torn: 0 };
  for (let round = 0; total.kills < kills; round += 1) {
    const report = await killWriters(folder, round, Math.random);
    total.kills += 2;
    for (const name of ['acknowledged', 'lost', 'wrong', 'torn']) total[name] += report[name];
    say(
      `${total.kills} kills: ${total.acknowledged} rows acknowledged, ${total.torn} torn, ${total.lost} lost`,
    );
  }
  return total;
}
