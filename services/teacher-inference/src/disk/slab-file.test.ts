import { closeSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { layoutOf, RowChecksum } from './slab-layout.js';
import { newFolder, openKeys, rowsOf, slab } from './slab.fixture.js';

const at = (...indices: number[]) => Int32Array.from(indices);
const all = at(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
const { fileName, header, rowBytes, dataBytes, fileBytes } = layoutOf(slab());
const startOf = (index: number) => header.byteLength + index * rowBytes;

/** A folder with a slab of all its samples, and the bytes of its file. */
function written(): { folder: string; path: string; bytes: Buffer } {
  const folder = newFolder();
  openKeys(folder).keys.put(slab(), all, rowsOf(all));
  const path = join(folder, fileName);
  return { folder, path, bytes: readFileSync(path) };
}

/** Overwrites a part of a file in place, as a process does that dies before the rest. */
function overwrite(path: string, start: number, bytes: Uint8Array): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.byteLength, start);
  closeSync(file);
}

/** Which samples are found, by one who opens the file anew. */
function found(folder: string): number[] {
  const { keys } = openKeys(folder);
  return [...all].filter((index) => {
    const rows = keys.get(slab(), at(index));
    if (rows !== undefined) expect(rows).toEqual(rowsOf(at(index)));
    return rows !== undefined;
  });
}

const without = (...missing: number[]) => [...all].filter((index) => !missing.includes(index));

describe('a row of a file of keys', () => {
  it('that was written up to any of its bytes is absent, others are not', () => {
    const { folder, path, bytes } = written();
    const row = bytes.subarray(startOf(3), startOf(4));
    for (let length = 0; length < rowBytes; length += 1) {
      // The rest is a hole.
      const torn = Buffer.concat([row.subarray(0, length), Buffer.alloc(rowBytes - length)]);
      if (torn.equals(row)) continue;
      overwrite(path, startOf(3), torn);
      expect(found(folder)).toEqual(without(3));
    }
    overwrite(path, startOf(3), row);
    expect(found(folder)).toEqual([...all]);
  });

  it('that belongs to another sample is absent, even where its numbers are the same', () => {
    const folder = newFolder();
    const same = [new Float32Array(3 * 10), new Float32Array(2 * 10)];
    openKeys(folder).keys.put(slab(), all, same);
    const path = join(folder, fileName);
    const bytes = readFileSync(path);
    overwrite(path, startOf(3), bytes.subarray(startOf(5), startOf(6)));
    const { keys } = openKeys(folder);
    expect(keys.get(slab(), at(3))).toBeUndefined();
    expect(keys.get(slab(), at(5))).toEqual([new Float32Array(3), new Float32Array(2)]);
  });

  it('that belongs to another view or plan is absent', () => {
    const { folder, path } = written();
    for (const other of [slab('a', '1'), slab('b', '0')]) {
      openKeys(folder).keys.put(other, all, rowsOf(all));
      const foreign = readFileSync(join(folder, layoutOf(other).fileName));
      overwrite(path, startOf(3), foreign.subarray(startOf(3), startOf(4)));
      expect(found(folder)).toEqual(without(3));
    }
  });

  it('in which one bit is wrong is absent, and is right once it was computed again', () => {
    const { folder, path, bytes } = written();
    for (let byte = 0; byte < rowBytes; byte += 1) {
      const row = Buffer.from(bytes.subarray(startOf(3), startOf(4)));
      row[byte] ^= 16;
      overwrite(path, startOf(3), row);
      expect(found(folder)).toEqual(without(3));
    }
    openKeys(folder).keys.put(slab(), at(3), rowsOf(at(3)));
    expect(readFileSync(path)).toEqual(bytes);
  });

  it('of zeros is kept as any other, and never confused with one that was not written', () => {
    const folder = newFolder();
    const zeros = [new Float32Array(3), new Float32Array(2)];
    const { keys } = openKeys(folder);
    expect(keys.put(slab(), at(3), zeros)).toBe(true);
    expect(keys.get(slab(), at(3))).toEqual(zeros);
    expect(keys.get(slab(), at(4))).toBeUndefined();
  });
});

describe('the checksum of a row', () => {
  it('is never that of a hole', () => {
    const checksum = new RowChecksum(layoutOf(slab()));
    const data = Buffer.alloc(dataBytes);
    const sums = Array.from({ length: 5000 }, (_, index) => checksum.of(index, data));
    expect(sums).not.toContain(0);
    expect(new Set(sums).size).toBe(5000);
  });
});

describe('the header of a file of keys', () => {
  it('says in words what the file holds', () => {
    const { bytes } = written();
    const text = bytes.subarray(0, header.byteLength).toString('latin1');
    expect(text).toMatch(/^LYCEUM KEYS\n/);
    expect(text).toContain('"tensors":[{"name":"kd/logits","shape":[3]},{"name":"at/map","shape":[2,1]}]');
    expect(text).toContain('"sampleCount":10');
  });

  it('that is damaged makes its rows absent; they are right again when it is', () => {
    const { folder, path, bytes } = written();
    for (const byte of [0, 13, 40, header.byteLength - 1]) {
      overwrite(path, byte, Uint8Array.of(bytes[byte] ^ 1));
      expect(found(folder)).toEqual([]);
      openKeys(folder).keys.put(slab(), at(1), rowsOf(at(1)));
      expect(found(folder)).toEqual([...all]);
    }
    expect(readFileSync(path)).toEqual(bytes);
  });

  it('that another process has not written yet is waited for by nobody', () => {
    const folder = newFolder();
    writeFileSync(join(folder, fileName), '');
    const [early, writer] = [openKeys(folder).keys, openKeys(folder).keys];
    expect(early.get(slab(), at(1))).toBeUndefined();
    writer.put(slab(), at(1), rowsOf(at(1)));
    expect(early.get(slab(), at(1))).toEqual(rowsOf(at(1)));
    expect(statSync(join(folder, fileName)).size).toBe(fileBytes);
  });
});
