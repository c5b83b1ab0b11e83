import { listDataSets } from '@lyceum/data';
import { findLoss, keyNumbers, type AnyLoss } from '@lyceum/losses';
import type { KeyGivers, Problem } from './check-loss.js';
import type { DataConfig } from './data-schema.js';
import type { LossEntry } from './schema.js';
import { attempted } from './tap-pairs.js';

/** How many logits of a sample are sent where an entry does not say. */
const usualTopK = 8;

type EncodedEntry = Pick<LossEntry, 'encoding' | 'topK'>;

/** What keeps a loss's keys from being sent as an entry asks, whatever taps it takes; paths start at the entry. */
export function encodingProblems(
  module: AnyLoss,
  { encoding, topK }: EncodedEntry,
  sources: readonly string[],
  { teachers }: KeyGivers,
): Problem[] {
  const problems: Problem[] = [];
  if (topK !== undefined && encoding !== 'top-k')
    problems.push({ path: ['topK'], description: 'goes with `encoding: top-k`; leave it out or say so' });
  const refuse = (description: string) => problems.push({ path: ['encoding'], description });
  if (encoding === undefined) return problems;
  if (module.teacher.length === 0)
    refuse(`"${module.id}" compares with no teacher, so it has no key to encode; leave \`encoding\` out`);
  else if (sources.length > 0 && !sources.some((source) => teachers.includes(source)))
    refuse(`the keys of "${module.id}" come from peers alone, who send FP32; leave \`encoding\` out`);
  else if (module.keyIsWhole === true && (encoding === 'int8' || encoding === 'top-k'))
    refuse(`the key of "${module.id}" is whole numbers that stand for bits, which fp32, fp16 and bf16 keep`);
  else if (encoding === 'top-k' && module.key !== undefined) refuse(onlyLogits(module));
  return problems;
}

/** The same of the slots that a loss's taps fill. */
export function slotEncodingProblems(
  module: AnyLoss,
  { encoding }: EncodedEntry,
  slots: readonly string[],
): Problem[] {
  if (encoding !== 'top-k' || module.key !== undefined || module.keyIsWhole === true) return [];
  const [other] = slots.filter((slot) => keyNumbers(module, slot) !== 'logits');
  return other === undefined
    ? []
    : [{ path: ['encoding'], description: `${onlyLogits(module)}; "${other}" is none` }];
}

/** Whether there are more classes than logits to send, where the data set says so before it is read. */
export function topKProblems({ encoding, topK = usualTopK }: EncodedEntry, data: DataConfig): Problem[] {
  const classCount = encoding === 'top-k' ? classCountOf(data) : undefined;
  if (classCount === undefined || topK < classCount) return [];
  const description = `must be below ${classCount}, the number of classes, found ${topK}`;
  return [{ path: ['topK'], description }];
}

/** A loss that only another service knows has no key half: teachers are asked for its taps. */
export function foreignEncodingProblems({ loss, via, encoding }: LossEntry): Problem[] {
  if (encoding === undefined || !via.includes(':') || attempted(() => findLoss(loss)) !== undefined)
    return [];
  const why = `teachers send the taps of "${loss}" as they are, since only the service knows it`;
  return [{ path: ['encoding'], description: `${why}; say \`dtype\` with the teacher instead` }];
}

function classCountOf({ name, classes }: DataConfig): number | undefined {
  if (classes !== undefined) return classes.length;
  return listDataSets().find((set) => set.name === name)?.classes?.length;
}

const onlyLogits = ({ id }: AnyLoss): string =>
  `top-k is for keys that are logits [N, C] and nothing else, which that of "${id}" is not`;
