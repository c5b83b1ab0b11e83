import { createRandom } from '@lyceum/random';
import { innerProduct, unitRows, type Features } from './features.js';

/** Cosines of pairs of samples. */
export interface Pairs {
  /** Of one class. */
  readonly genuine: Float32Array;
  /** Of two classes. */
  readonly impostor: Float32Array;
}

/** Pairs of all samples; within: of one group; across: of two. The last two only where samples have groups. */
export interface PairsByScope {
  readonly all: Pairs;
  readonly within?: Pairs;
  readonly across?: Pairs;
}

/**
 * Share of genuine pairs that are accepted by the lowest threshold that accepts at most this share of the impostors:
 * cosines above it, of `impostor` sorted downwards the one at `floor(falseAccepts * count)`. NaN without pairs of both.
 */
export function trueAcceptRate({ genuine, impostor }: Pairs, falseAccepts: number): number {
  if (genuine.length === 0 || impostor.length === 0) return Number.NaN;
  const rising = Float32Array.from(impostor).sort();
  const threshold = rising[rising.length - 1 - Math.floor(falseAccepts * rising.length)];
  return genuine.reduce((count, cosine) => count + (cosine > threshold ? 1 : 0), 0) / genuine.length;
}

/**
 * Cosines of all pairs of samples, or of `limit` of them, drawn the same way each time.
 * @param labels `[count]`.
 * @param groups `[count]`, what a nuisance has done to each sample; undefined: nothing is known of it.
 */
export function pairsOf(
  features: Features,
  labels: Int32Array,
  groups: Int32Array | undefined,
  limit: number,
): PairsByScope {
  const units = unitRows(features);
  const [all, within, across] = [collector(), collector(), collector()];
  for (const [a, b] of chosenPairs(features.count, limit)) {
    const cosine = innerProduct(units, a, units, b);
    const kind = labels[a] === labels[b] ? 'genuine' : 'impostor';
    all[kind].push(cosine);
    if (groups !== undefined) (groups[a] === groups[b] ? within : across)[kind].push(cosine);
  }
  if (groups === undefined) return { all: asPairs(all) };
  return { all: asPairs(all), within: asPairs(within), across: asPairs(across) };
}

function* chosenPairs(count: number, limit: number): Generator<readonly [number, number]> {
  if ((count * (count - 1)) / 2 <= limit) {
    for (let a = 1; a < count; a += 1) for (let b = 0; b < a; b += 1) yield [a, b];
    return;
  }
  const random = createRandom(0, 'verification');
  for (let drawn = 0; drawn < limit; drawn += 1) {
    const a = Math.floor(random.uniform() * count);
    const b = Math.floor(random.uniform() * (count - 1));
    yield [a, b < a ? b : b + 1];
  }
}

interface Collector {
  readonly genuine: number[];
  readonly impostor: number[];
}

const collector = (): Collector => ({ genuine: [], impostor: [] });

const asPairs = ({ genuine, impostor }: Collector): Pairs => ({
  genuine: Float32Array.from(genuine),
  impostor: Float32Array.from(impostor),
});
