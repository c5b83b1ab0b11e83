import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { KeyFolder } from './key-folder.js';
import type { SlabSpec } from './slab-layout.js';

/** Two tensors of 3 and 2 numbers for each of 10 samples. */
export function slab(content = 'a', view = '0', sampleCount = 10): SlabSpec {
  const tensors = [
    { name: 'kd/logits', shape: [3] },
    { name: 'at/map', shape: [2, 1] },
  ];
  return { content, view, sampleCount, tensors };
}

/** The tensors of some samples; each number tells what it is, and no sample is without zeros. */
export function rowsOf(indices: Int32Array, base = 0): Float32Array[] {
  const [three, two] = [3, 2].map((size) =>
    Float32Array.from({ length: indices.length * size }, (_, i) => {
      const place = i % size;
      return place === 0 ? 0 : base + indices[Math.floor(i / size)] + place / 10 + size;
    }),
  );
  return [three, two];
}

/** A new folder, gone after the tests of a file. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lyceum-keys-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder's keys, and what they warned of. */
export function openKeys(folder: string, limitBytes = 1e9): { keys: KeyFolder; warnings: string[] } {
  const warnings: string[] = [];
  return { keys: new KeyFolder({ folder, limitBytes, warn: (message) => warnings.push(message) }), warnings };
}
