import { unsafeUniformIntDistribution, xoroshiro128plus, type RandomGenerator } from 'pure-rand';
import { invalidField } from '@lyceum/errors';

/** A stream of random numbers that is the same in every process for the same seed and path. */
export interface Random {
  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number;
  /** A number in [0, 1), 32 bits of it random. */
  uniform(): number;
  /** A normally distributed number, mean 0, standard deviation 1 (Box-Muller, one value a call). */
  normal(): number;
  /** A whole number in [0, bound). */
  integer(bound: number): number;
  /** The numbers 0 ... count - 1 in random order (Fisher-Yates). */
  permutation(count: number): Int32Array;
}

/**
 * Opens the stream named by a seed and a path such as `('order', epoch)`. Streams with different names are
 * independent of each other, so no part of a run has to know how many numbers another part has drawn.
 */
export function createRandom(seed: number, ...path: readonly (string | number)[]): Random {
  if (!Number.isSafeInteger(seed)) throw invalidField('seed', `must be a whole number, found ${seed}`);
  return new SeededRandom(xoroshiro128plus(hashOf(`${seed}/${path.join('/')}`)));
}

class SeededRandom implements Random {
  constructor(private readonly generator: RandomGenerator) {}

  uint32(): number {
    return this.generator.unsafeNext() >>> 0;
  }

  uniform(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  integer(bound: number): number {
    return unsafeUniformIntDistribution(0, bound - 1, this.generator);
  }

  permutation(count: number): Int32Array {
    const order = Int32Array.from({ length: count }, (_, index) => index);
    for (let last = count - 1; last > 0; last -= 1) {
      const other = this.integer(last + 1);
      const kept = order[last];
      order[last] = order[other];
      order[other] = kept;
    }
    return order;
  }
}

/** FNV-1a with a final mix, so that names that differ in one character start far apart. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) | 0;
}
