import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The packages whose code decides what a task comes to, in this process or at its teachers. */
const packages = ['data', 'engine', 'image', 'losses', 'models', 'random', 'recipes', 'tensor'];

let known: string | undefined;

/** Digest of the code that computes: a version alone would not tell an edited loss from the one before. */
export function programDigest(): string {
  known ??= digestOf([
    fileURLToPath(new URL('..', import.meta.url)),
    ...packages.map((name) => dirname(fileURLToPath(import.meta.resolve(`@lyceum/${name}`)))),
  ]);
  return known;
}

function digestOf(folders: readonly string[]): string {
  const hash = createHash('sha256');
  for (const folder of folders) {
    for (const file of programsIn(folder)) {
      hash.update(`${file.slice(folder.length)}\0`);
      hash.update(readFileSync(file));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

function programsIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  const files = entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return programsIn(path);
    return /(?<!\.(test|fixture))\.js$/.test(entry.name) ? [path] : [];
  });
  return files.sort();
}
