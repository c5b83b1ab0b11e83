// What keys on disk cost to read, and whether those that were acknowledged outlive writers that are killed.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killWriters } from '../services/teacher-inference/dist/disk/killed-writers.fixture.js';
import { KeyFolder } from '../services/teacher-inference/dist/disk/key-folder.js';
import { median } from './rounds.mjs';

const batchSize = 64;
/** What losses ask of resnet32x4 at 32 x 32 pixels: a map as it is (`fitnet`), where bytes count, and attention maps (`at`). */
const answers = {
  at: {
    samples: 10_000,
    shapes: [
      [32, 32],
      [16, 16],
      [8, 8],
    ],
  },
  fitnet: { samples: 2000, shapes: [[8, 8, 256]] },
};

/** Rows read by one thread, their file in the page cache; and two processes at a time killed in the middle of writes. */
export async function bench({ rounds, kills = 2 * (rounds ?? 25), say = () => undefined } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'lyceum-keys-'));
  try {
    const figures = ['fitnet', 'at'].flatMap((loss) => rates(folder, loss, rounds ?? 9, say));
    const { acknowledged, torn, lost, wrong, ...done } = await killed(folder, kills, say);
    const note = `of ${acknowledged} rows that were acknowledged in ${done.kills} kills, which tore ${torn}; 0 wanted`;
    return [
      ...figures,
      { name: 'cache/kills/lost', value: lost, unit: 'rows', note },
      { name: 'cache/kills/wrong', value: wrong, unit: 'rows', note: '0 wanted' },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rates(folder, loss, rounds, say) {
  const { samples, shapes } = answers[loss];
  const sizes = shapes.map((shape) => shape.reduce((a, b) => a * b, 1));
  const rowBytes = 4 * sizes.reduce((a, b) => a + b, 0);
  const spec = {
    content: loss,
    view: 'all',
    sampleCount: samples,
    tensors: shapes.map((shape, i) => ({ name: `${loss}/${i}`, shape })),
  };
  const keys = new KeyFolder({ folder, limitBytes: Infinity, warn: say });
  const batches = Array.from({ length: Math.floor(samples / batchSize) }, (_, batch) =>
    // 7919 is a prime: every sample once, none beside its neighbour.
    Int32Array.from({ length: batchSize }, (_, i) => ((batch * batchSize + i) * 7919) % samples),
  );
  const tensors = sizes.map((size) => new Float32Array(batchSize * size).fill(0.5));
  const gigabytes = (batches.length * batchSize * rowBytes) / 1e9;
  const rateOf = (action) => {
    const started = performance.now();
    if (!batches.every(action)) throw new Error('keys are missing');
    return gigabytes / ((performance.now() - started) / 1000);
  };
  const write = rateOf((indices) => keys.put(spec, indices, tensors));
  const read = Array.from({ length: rounds }, () =>
    rateOf((indices) => keys.get(spec, indices) !== undefined),
  );
  keys.close();
  say(`${loss}: ${read.map((rate) => rate.toFixed(2)).join(', ')} GB/s`);
  const suffix = loss === 'fitnet' ? '' : `/${loss}`;
  const about = `rows of ${loss}, ${rowBytes} bytes, ${batchSize} in random order at a time`;
  return [
    {
      name: `cache/read${suffix}`,
      value: median(read),
      unit: 'GB/s',
      note: `${about}, median of ${rounds} rounds; at least 1 wanted`,
    },
    { name: `cache/write${suffix}`, value: write, unit: 'GB/s', note: 'the same rows, once, to a new file' },
  ];
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
