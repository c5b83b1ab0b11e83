import type { tf } from '@lyceum/engine';
import { LyceumError } from '@lyceum/errors';
import type { Combine } from '@lyceum/recipes';
import type { HostTensor } from '@lyceum/tensor';
import { combineKeys, needsLogits, sourceWeights } from './combine-keys.js';
import type { LossTerm, TermInput, TermOutput } from './loss-term.js';

/** The only source that a loss sees whose sources are combined. */
export const combinedSource = 'teacher';

/** A loss of one teacher that is given the combined keys of several. */
export class CombinedTerm implements LossTerm {
  constructor(
    private readonly inner: LossTerm,
    private readonly rule: Combine,
    readonly sources: readonly string[],
    readonly rawTaps: LossTerm['rawTaps'],
  ) {}

  get as(): string {
    return this.inner.as;
  }

  get studentTaps(): readonly string[] {
    return this.inner.studentTaps;
  }

  get variables(): ReadonlyMap<string, tf.Variable> {
    return this.inner.variables;
  }

  weightAt(epoch: number): number {
    return this.inner.weightAt(epoch);
  }

  apply(input: TermInput): TermOutput {
    const keys = this.sources.map((source) => input.keys.get(source) ?? {});
    const logits = needsLogits(this.rule) ? this.sources.map((source) => this.logitsOf(input, source)) : [];
    const weights = sourceWeights(this.rule, { count: keys.length, logits, labels: input.labels });
    return this.inner.apply({ ...input, keys: new Map([[combinedSource, combineKeys(keys, weights)]]) });
  }

  private logitsOf(input: TermInput, source: string): tf.Tensor {
    const logits = input.answers.get(source)?.logits;
    if (logits === undefined) throw new LyceumError('INTERNAL', `source "${source}" sent no logits`);
    return logits;
  }

  exportState(): HostTensor[] {
    return this.inner.exportState();
  }

  importState(state: readonly HostTensor[]): void {
    this.inner.importState(state);
  }

  dispose(): void {
    this.inner.dispose();
  }
}
