import { invalidField, LyceumError } from '@lyceum/errors';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A package on disk. */
export interface FoundPackage {
  readonly name: string;
  /** The module that `import` of the package loads. */
  readonly entry: string;
}

interface Manifest {
  readonly name?: string;
  readonly exports?: Target;
  readonly main?: string;
}

type Target = string | { readonly [condition: string]: Target } | null;

/**
 * Finds a package by its folder (a path starting with `.` or `/`, from the current folder), or by name: in the
 * `node_modules` of the current folder and those above, then in those of Lyceum itself.
 * @throws LyceumError MISSING_DEPENDENCY when there is none; INVALID_FIELD when it has no name or no entry.
 */
export function findPackage(given: string): FoundPackage {
  const folder = realpathSync(isPath(given) ? folderAt(given) : installed(given));
  const file = join(folder, 'package.json');
  const manifest = readManifest(file);
  if (manifest.name === undefined) throw invalidField('lossPackages', `${file} has no "name"`);
  const entry = resolve(folder, entryOf(manifest) ?? 'index.js');
  if (!existsSync(entry)) throw invalidField('lossPackages', `${file} names no entry that exists: ${entry}`);
  return { name: manifest.name, entry };
}

function isPath(given: string): boolean {
  return given.startsWith('.') || isAbsolute(given);
}

function folderAt(path: string): string {
  const folder = resolve(path);
  if (existsSync(join(folder, 'package.json'))) return folder;
  throw missing(path, `${folder} has no package.json`);
}

function installed(name: string): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (const start of [process.cwd(), here]) {
    for (const above of foldersAbove(start)) {
      const folder = join(above, 'node_modules', name);
      if (existsSync(join(folder, 'package.json'))) return folder;
    }
  }
  throw missing(name, `it is not installed here or above; install it, or give its folder as ./${name}`);
}

function foldersAbove(start: string): string[] {
  const parent = dirname(start);
  return parent === start ? [start] : [start, ...foldersAbove(parent)];
}

function readManifest(file: string): Manifest {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  } catch (cause) {
    throw new LyceumError('INVALID_FIELD', `lossPackages: ${file} is not valid JSON`, { cause });
  }
}

/** The entry under the conditions that `import` has in Node. */
function entryOf({ exports, main }: Manifest): string | undefined {
  if (exports === undefined || exports === null) return main;
  const root = typeof exports === 'object' && '.' in exports ? exports['.'] : exports;
  return underConditions(root);
}

function underConditions(target: Target): string | undefined {
  if (typeof target === 'string') return target;
  for (const [condition, inner] of Object.entries(target ?? {})) {
    const found = ['import', 'node', 'default'].includes(condition) ? underConditions(inner) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function missing(given: string, why: string): LyceumError {
  return new LyceumError('MISSING_DEPENDENCY', `lossPackages: there is no package "${given}": ${why}`, {
    violations: [{ field: 'lossPackages', description: `there is no package "${given}": ${why}` }],
  });
}
