import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { programDigest } from './program-digest.js';

const root = mkdtempSync(join(tmpdir(), 'lyceum-program-'));
afterAll(() => rmSync(root, { recursive: true }));

function program(name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(root, name);
  mkdirSync(join(folder, 'inner'), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

it('tells programs apart by their code and nothing else', () => {
  const files = { 'a.js': '1', 'inner/b.js': '2' };
  const digest = programDigest([program('one', files)]);
  expect(digest).toMatch(/^[0-9a-f]{16}$/);
  expect(programDigest([program('two', { ...files, 'a.test.js': '3', 'a.d.ts': '4' })])).toBe(digest);
  expect(programDigest([program('three', { ...files, 'a.js': '2' })])).not.toBe(digest);
  expect(programDigest([program('four', { 'a.js': '1', 'inner/c.js': '2' })])).not.toBe(digest);
});
