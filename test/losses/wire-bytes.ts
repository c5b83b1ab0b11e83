import { KeyEncoding, type KeySpec } from '@lyceum/contracts/teacher';
import { findLoss, keyNumbers, losses } from '@lyceum/losses';
import { encodingNames, type EncodingName } from './encodings.js';
import { figuresOf, type Pair } from './figures-of.js';
import { dataOf, keySpecs } from './key-plan.js';
import { measureStream } from './measured-stream.js';

/** Losses a stream: all share its forward pass, and an answer stays below some tens of megabytes. */
const lossesPerStream = 8;

export const wireForms = ['fp32', ...encodingNames] as const;
export type WireFormName = (typeof wireForms)[number];

/** Bytes a sample on the wire, in whole bytes; those encodings are left out that a loss's key can't be sent in. */
export type WireBytes = Readonly<Partial<Record<WireFormName, number>>>;

const encodings: Readonly<Record<WireFormName, KeyEncoding>> = {
  fp32: KeyEncoding.FP32,
  fp16: KeyEncoding.FP16,
  bf16: KeyEncoding.BF16,
  int8: KeyEncoding.INT8,
  'top-k': KeyEncoding.TOP_K,
};

/**
 * Asks a teacher of the pair for one batch of the keys of every loss that has a teacher, in every encoding.
 * @returns bytes of all sources of each loss, rounded up.
 */
export async function measureLosses(address: string, pair: Pair): Promise<Map<string, WireBytes>> {
  const ids = [...losses.values()].filter(({ teacher }) => teacher.length > 0).map(({ id }) => id);
  const measured = new Map<string, WireBytes>();
  for (let start = 0; start < ids.length; start += lossesPerStream) {
    const group = ids.slice(start, start + lossesPerStream);
    // All at once: streams that ask for the same batch share its forward pass.
    const weighed = await Promise.all(wireForms.map((form) => weigh(address, pair, group, form)));
    wireForms.forEach((form, i) => {
      for (const [id, bytes] of weighed[i])
        measured.set(id, { ...measured.get(id), [form]: Math.ceil(bytes) });
    });
  }
  return measured;
}

async function weigh(
  address: string,
  pair: Pair,
  ids: readonly string[],
  form: WireFormName,
): Promise<Map<string, number>> {
  const specs = await Promise.all(ids.map((id) => encodedSpecs(id, pair, form)));
  const keys = specs.flat();
  const bytes = new Map<string, number>();
  if (keys.length === 0) return bytes;
  const batch = Array.from({ length: pair.batchSize }, (_, i) => i);
  const [answer] = await measureStream(address, { keys, data: dataOf(pair) }, [batch]);
  for (const { id, loss } of keys)
    bytes.set(loss, (bytes.get(loss) ?? 0) + (answer.bytes.get(id) ?? 0) / pair.batchSize);
  return bytes;
}

/** What a trainer asks for when a loss has an encoding; nothing where that is refused. */
export async function encodedSpecs(id: string, pair: Pair, form: WireFormName): Promise<KeySpec[]> {
  if (!(await canSend(id, pair, form))) return [];
  return (await keySpecs(id, pair)).map((spec) => ({ ...spec, encoding: encodings[form] }));
}

async function canSend(id: string, pair: Pair, form: EncodingName | 'fp32'): Promise<boolean> {
  if (form !== 'int8' && form !== 'top-k') return true;
  const { key } = await figuresOf(id, pair);
  const numbers = key.map(({ name }) => keyNumbers(findLoss(id), name));
  return form === 'int8' ? !numbers.includes('whole') : numbers.every((one) => one === 'logits');
}
