import type { AnyLoss } from './loss.js';
import { slotOf } from './slots.js';

/** What the numbers of a key's tensor are: logits `[N, C]`, whole numbers that must arrive as they were, or any. */
export type KeyNumbers = 'logits' | 'whole' | 'any';

/** What a key's tensor holds, by its name. Logits are those that the teacher gives, not what a key half makes of them. */
export function keyNumbers({ key, keyIsWhole, teacher }: AnyLoss, tensor: string): KeyNumbers {
  if (keyIsWhole === true) return 'whole';
  return key === undefined && slotOf(tensor, teacher)?.kind === 'logits' ? 'logits' : 'any';
}
