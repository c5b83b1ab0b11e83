import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findPackage } from './find-package.js';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'lyceum-packages-')));
afterAll(() => rmSync(root, { recursive: true }));

function made(folder: string, manifest: object | string, ...files: readonly string[]): string {
  const at = join(root, folder);
  mkdirSync(at, { recursive: true });
  const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
  writeFileSync(join(at, 'package.json'), text);
  for (const file of files) writeFileSync(join(at, file), '');
  return at;
}

describe('finding a package', () => {
  it.each([
    [{}, 'index.js'],
    [{ main: 'main.js' }, 'main.js'],
    [{ main: 'main.js', exports: './root.js' }, 'root.js'],
    [{ exports: { '.': { types: './x.d.ts', import: './esm.js', require: './cjs.js' } } }, 'esm.js'],
    [{ exports: { node: { require: './cjs.js', default: './node.js' } } }, 'node.js'],
  ])('with the manifest %j enters by %s', (fields, entry) => {
    const folder = made(`entry-${entry}`, { name: 'entered', ...fields }, entry);
    expect(findPackage(folder)).toEqual({ name: 'entered', entry: join(folder, entry) });
  });

  it('by name looks in the node_modules of the current folder and above', () => {
    // Vitest itself is installed above this file.
    expect(findPackage('vitest')).toMatchObject({ name: 'vitest' });
  });

  it('says where it looked for what is not there', () => {
    expect(() => findPackage('no-such-losses')).toThrow(
      'lossPackages: there is no package "no-such-losses": it is not installed here or above; install it, or give its folder as ./no-such-losses',
    );
    expect(() => findPackage(join(root, 'nothing'))).toThrow(`${join(root, 'nothing')} has no package.json`);
  });

  it('refuses a manifest that is broken, has no name or names a file that is not there', () => {
    expect(() => findPackage(made('broken', '{'))).toThrow('package.json is not valid JSON');
    expect(() => findPackage(made('nameless', {}))).toThrow('package.json has no "name"');
    expect(() => findPackage(made('empty', { name: 'empty', exports: './gone.js' }))).toThrow(
      'names no entry that exists',
    );
  });
});
