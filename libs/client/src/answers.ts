import type { Tensor } from '@lyceum/contracts/tensor';
import { LyceumError } from '@lyceum/errors';
import { joinRows, type HostTensor } from '@lyceum/tensor';

/** A whole answer, joined from its parts. */
export interface WholeAnswer {
  readonly tensors: HostTensor[];
  readonly bytes: number;
}

/** Joins the parts of answers that come one after the other. */
export class AnswerParts {
  private parts: Tensor[] = [];

  /** Adds a part; gives the whole answer with the last one. */
  add(tensors: readonly Tensor[], last: boolean, field: string): WholeAnswer | undefined {
    this.parts.push(...tensors);
    if (!last) return undefined;
    const parts = this.parts;
    this.parts = [];
    return { tensors: joinRows(parts, field), bytes: parts.reduce((sum, { data }) => sum + data.length, 0) };
  }

  /** Forgets an answer that ended in an error. */
  drop(): void {
    this.parts = [];
  }
}

/** The error of a stream that ended although something was due. */
export function endedEarly(address: string): LyceumError {
  return new LyceumError('UNREACHABLE', `${address} ended the stream`);
}
