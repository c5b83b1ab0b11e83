import { existsSync, mkdirSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { layoutOf } from './slab-layout.js';
import { newFolder, openKeys, rowsOf, slab } from './slab.fixture.js';

const at = (...indices: number[]) => Int32Array.from(indices);
const all = at(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
const one = layoutOf(slab()).fileBytes;

describe('keys in a folder', () => {
  it('are there for the next process, in the order asked for', () => {
    const folder = newFolder();
    const writer = openKeys(folder).keys;
    expect(writer.put(slab(), at(4, 7, 2), rowsOf(at(4, 7, 2)))).toBe(true);
    for (const keys of [writer, openKeys(folder).keys]) {
      expect(keys.get(slab(), at(2, 4))).toEqual(rowsOf(at(2, 4)));
      expect(keys.get(slab(), at(2, 3))).toBeUndefined();
    }
  });

  it('are not those of another plan, view, number of samples or shape', () => {
    const { keys } = openKeys(newFolder());
    keys.put(slab(), all, rowsOf(all));
    const shaped = { ...slab(), tensors: [{ name: 'kd/logits', shape: [5] }] };
    for (const other of [slab('b'), slab('a', '1'), slab('a', '0', 11), shaped])
      expect(keys.get(other, at(1))).toBeUndefined();
    expect(keys.get(slab(), all)).toEqual(rowsOf(all));
  });

  it('are written by several at a time, each sees what the others have', () => {
    const folder = newFolder();
    const [first, second] = [openKeys(folder).keys, openKeys(folder).keys];
    expect(first.get(slab(), at(0))).toBeUndefined();
    for (let i = 0; i < 10; i += 1) (i % 2 === 0 ? first : second).put(slab(), at(i), rowsOf(at(i)));
    for (const keys of [first, second]) expect(keys.get(slab(), all)).toEqual(rowsOf(all));
  });

  it('stay as they are once they were written', () => {
    const folder = newFolder();
    openKeys(folder).keys.put(slab(), at(3), rowsOf(at(3)));
    const { keys } = openKeys(folder);
    keys.put(slab(), at(3, 4), rowsOf(at(3, 4), 100));
    expect(keys.get(slab(), at(3))).toEqual(rowsOf(at(3)));
    expect(keys.get(slab(), at(4))).toEqual(rowsOf(at(4), 100));
  });

  it('go least recently used first when room is short, and never take more than the limit', () => {
    const folder = newFolder();
    const { keys } = openKeys(folder, 3 * one);
    for (const content of ['a', 'b', 'c']) keys.put(slab(content), at(1), rowsOf(at(1)));
    keys.get(slab('a'), at(1));
    keys.put(slab('d'), at(1), rowsOf(at(1)));
    const there = (content: string) => openKeys(folder).keys.get(slab(content), at(1)) !== undefined;
    expect(['a', 'b', 'c', 'd'].filter(there)).toEqual(['a', 'c', 'd']);
    // Another process, which knows of their use by the files alone.
    openKeys(folder, 2 * one).keys.put(slab('e'), at(1), rowsOf(at(1)));
    expect(['a', 'b', 'c', 'd', 'e'].filter(there)).toEqual(['d', 'e']);
    const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    expect(bytes).toBe(2 * one);
  });

  it('keep the first views of a plan that does not fit as a whole', () => {
    const { keys } = openKeys(newFolder(), 3 * one);
    keys.put(slab('b'), at(1), rowsOf(at(1)));
    const kept = ['0', '1', '2', '3'].map((view) => keys.put(slab('a', view), at(1), rowsOf(at(1))));
    expect(kept).toEqual([true, true, true, false]);
    expect(keys.get(slab('b'), at(1))).toBeUndefined();
    expect(keys.get(slab('a', '0'), at(1))).toBeDefined();
    expect(keys.get(slab('a', '3'), at(1))).toBeUndefined();
  });

  it('leave others alone when they are beyond the limit by themselves', () => {
    const { keys, warnings } = openKeys(newFolder(), one + 10);
    keys.put(slab('b'), at(1), rowsOf(at(1)));
    expect(keys.put(slab('a', '0', 1000), at(1), rowsOf(at(1)))).toBe(false);
    expect(keys.get(slab('b'), at(1))).toBeDefined();
    expect(warnings).toEqual([]);
  });

  it('go on in a new file when somebody deletes the one they are in', () => {
    const folder = newFolder();
    const { keys } = openKeys(folder);
    keys.put(slab(), at(1), rowsOf(at(1)));
    rmSync(join(folder, layoutOf(slab()).fileName));
    expect(keys.get(slab(), at(1))).toBeUndefined();
    expect(keys.put(slab(), at(2), rowsOf(at(2)))).toBe(true);
    expect(openKeys(folder).keys.get(slab(), at(2))).toEqual(rowsOf(at(2)));
  });

  it('are read from more files than are open at a time', () => {
    const folder = newFolder();
    const { keys } = openKeys(folder);
    const contents = Array.from({ length: 80 }, (_, i) => `plan ${i}`);
    for (const content of contents) keys.put(slab(content), at(1), rowsOf(at(1)));
    for (const content of contents) expect(keys.get(slab(content), at(1))).toEqual(rowsOf(at(1)));
    keys.close();
  });
});

describe('a folder of keys that cannot be used', () => {
  it('costs one warning, and nothing is kept any more', () => {
    const folder = newFolder();
    const { keys, warnings } = openKeys(join(folder, 'gone'));
    expect(keys.put(slab(), at(1), rowsOf(at(1)))).toBe(false);
    mkdirSync(join(folder, 'gone'));
    expect(keys.put(slab(), at(1), rowsOf(at(1)))).toBe(false);
    expect(keys.get(slab(), at(1))).toBeUndefined();
    expect(warnings).toEqual([expect.stringMatching(/gone cannot be written any more.*ENOENT/)]);
  });

  it('is as if it were empty where a file cannot be read', () => {
    const folder = newFolder();
    mkdirSync(join(folder, layoutOf(slab()).fileName));
    const { keys, warnings } = openKeys(folder);
    expect([keys.get(slab(), at(1)), keys.get(slab(), at(1))]).toEqual([undefined, undefined]);
    expect(warnings).toEqual([expect.stringMatching(/cannot be read.*EISDIR/)]);
  });
});

describe('a damaged file of keys', () => {
  const folder = newFolder();
  const { fileName, fileBytes } = layoutOf(slab());
  const path = join(folder, fileName);

  it.each<[string, () => void]>([
    ['cut off', () => truncateSync(path, fileBytes - 1)],
    ['empty', () => truncateSync(path, 0)],
    ['of something else', () => writeFileSync(path, 'x'.repeat(fileBytes))],
  ])('(%s) is whole again once its samples are computed', (_, damage) => {
    openKeys(folder).keys.put(slab(), all, rowsOf(all));
    damage();
    const { keys, warnings } = openKeys(folder);
    expect(keys.get(slab(), all)).toBeUndefined();
    expect(keys.put(slab(), all, rowsOf(all))).toBe(true);
    expect(openKeys(folder).keys.get(slab(), all)).toEqual(rowsOf(all));
    expect(warnings).toEqual([]);
    expect(existsSync(path) && statSync(path).size).toBe(fileBytes);
  });
});
