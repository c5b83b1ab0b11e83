import { writeSync } from 'node:fs';
import { KeyFolder } from './key-folder.js';
import { expectedRow, writtenSlab } from './written-slab.fixture.js';

// Writes rows in an order of its own, and says of each few that they are kept, until it is killed.

const [folder, view, seed] = process.argv.slice(2);
const spec = writtenSlab(view);
const keys = new KeyFolder({
  folder,
  limitBytes: Infinity,
  warn: (message) => {
    throw new Error(message);
  },
});
const rowsAtOnce = 4;
// A stride that shares no factor with the number of samples visits all of them.
const stride = [29, 31, 37, 41, 43, 47][Number(seed) % 6];
const batches = spec.sampleCount / rowsAtOnce;
for (let i = 0; ; i += 1) {
  const first = ((i * stride) % batches) * rowsAtOnce;
  const indices = Int32Array.from({ length: rowsAtOnce }, (_, k) => first + k);
  const rows = new Float32Array(rowsAtOnce * expectedRow(view, 0).length);
  indices.forEach((index, k) => rows.set(expectedRow(view, index), (k * rows.length) / rowsAtOnce));
  if (!keys.put(spec, indices, [rows])) throw new Error('the rows were not kept');
  writeSync(1, `${indices.join(' ')}\n`);
}
