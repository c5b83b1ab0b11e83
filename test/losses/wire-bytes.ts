import { losses } from '@lyceum/losses';
import type { Pair } from './figures-of.js';
import { dataOf, keySpecs } from './key-plan.js';
import { measureStream } from './measured-stream.js';

/** Losses a stream: all share its forward pass, and an answer stays below some tens of megabytes. */
const lossesPerStream = 8;

/**
 * Asks a teacher of the pair for one batch of the keys of every loss that has a teacher.
 * @returns bytes a sample on the wire by loss, of all its sources, rounded up to whole bytes.
 */
export async function measureLosses(address: string, pair: Pair): Promise<Map<string, number>> {
  const ids = [...losses.values()].filter(({ teacher }) => teacher.length > 0).map(({ id }) => id);
  const batch = Array.from({ length: pair.batchSize }, (_, i) => i);
  const measured = new Map<string, number>();
  for (let start = 0; start < ids.length; start += lossesPerStream) {
    const group = ids.slice(start, start + lossesPerStream);
    const specs = await Promise.all(group.map((id) => keySpecs(id, pair)));
    const keys = specs.flat();
    const [answer] = await measureStream(address, { keys, data: dataOf(pair) }, [batch]);
    for (const { id, loss } of keys) {
      const bytes = (answer.bytes.get(id) ?? 0) / pair.batchSize;
      measured.set(loss, (measured.get(loss) ?? 0) + bytes);
    }
  }
  return new Map([...measured].map(([id, bytes]) => [id, Math.ceil(bytes)]));
}
