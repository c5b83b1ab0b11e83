import { programDigest as digestOf } from '@lyceum/engine';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The packages whose code decides what a task comes to, in this process or at its teachers. */
const packages = ['data', 'engine', 'image', 'losses', 'models', 'random', 'recipes', 'tensor'];

let known: string | undefined;

/** Digest of the code that computes. */
export function programDigest(): string {
  known ??= digestOf([
    fileURLToPath(new URL('..', import.meta.url)),
    ...packages.map((name) => dirname(fileURLToPath(import.meta.resolve(`@lyceum/${name}`)))),
  ]);
  return known;
}
