import type { HostTensor } from '@lyceum/tensor';
import type { MemoryBudget } from './memory-budget.js';

interface Kept {
  readonly tensors: readonly HostTensor[];
  /** How many will still ask for it. */
  left: number;
}

/** Answers that wait for those they were made for, whole batches at a time; each is given out as often as it was meant to be. */
export class AnswerStore {
  private readonly answers = new Map<string, Kept>();

  constructor(private readonly budget: MemoryBudget) {}

  has(name: string): boolean {
    return this.answers.has(name);
  }

  /** Keeps an answer for so many askers; nothing is kept when it is beyond the memory's limit. */
  put(name: string, tensors: readonly HostTensor[], askers: number): void {
    this.forget(name);
    const kept = { tensors, left: askers };
    const bytes = tensors.reduce((sum, { data }) => sum + data.byteLength, 0);
    if (this.budget.claim(kept, bytes, () => this.answers.delete(name))) this.answers.set(name, kept);
  }

  /** Gives an answer out, the last time for good. */
  take(name: string): readonly HostTensor[] | undefined {
    const kept = this.answers.get(name);
    if (kept === undefined) return undefined;
    kept.left -= 1;
    if (kept.left === 0) this.forget(name);
    return kept.tensors;
  }

  private forget(name: string): void {
    const kept = this.answers.get(name);
    if (kept === undefined) return;
    this.budget.release(kept);
    this.answers.delete(name);
  }
}
