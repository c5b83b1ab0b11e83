import { tf, toEngineMap } from '@lyceum/engine';
import { imageInputs, type LossSession } from '@lyceum/losses';
import { lossWeightAt, type TrainTask } from '@lyceum/recipes';
import { hostTensor, type HostTensor } from '@lyceum/tensor';
import { bySlot, type LossTerm, type TermInput, type TermOutput } from './loss-term.js';
import type { SourcePart } from './slots.js';

/** A loss of the registry, computed in this process. */
export class InProcessLoss implements LossTerm {
  readonly variables: ReadonlyMap<string, tf.Variable>;
  readonly studentTaps: readonly string[];
  readonly sources: readonly string[];
  readonly rawTaps = undefined;
  private readonly readsImages: boolean;

  constructor(
    private readonly entry: TrainTask['losses'][number],
    private readonly session: LossSession,
    private readonly slots: Readonly<Record<string, string>>,
    /** Each source with the part that it plays in the loss. */
    private readonly parts: readonly SourcePart[],
    /** Of the value half, trained beforehand. */
    private readonly constants: readonly HostTensor[] = [],
  ) {
    this.studentTaps = Object.values(slots);
    this.sources = parts.map(({ source }) => source);
    const { extra = [] } = session.module;
    this.readsImages = extra.some(({ from, half }) => from === 'images' && half === 'value');
    const weights = session.initialWeights();
    this.variables = new Map(
      Object.entries(weights).map(([name, value]) => [name, tf.variable(value, true, `${entry.as}/${name}`)]),
    );
    tf.dispose(weights);
  }

  get as(): string {
    return this.entry.as;
  }

  weightAt(epoch: number): number {
    return lossWeightAt(this.entry.weight, this.entry.weightSchedule, epoch);
  }

  apply(input: TermInput): TermOutput {
    const { module, setting } = this.session;
    const keys = this.parts.map(({ source, part }) => ({
      source: part,
      tensors: input.keys.get(source) ?? {},
    }));
    const { value } = this.session.apply({
      student: bySlot(this.slots, input.outputs),
      keys,
      weights: Object.fromEntries(this.variables),
      ...(input.isLabelled ? { labels: input.labels } : {}),
      indices: input.indices,
      step: input.step,
      epoch: input.epoch,
      extra: {
        ...toEngineMap(this.constants),
        ...(this.readsImages ? imageInputs(module, 'value', input.images(), setting) : {}),
      },
    });
    return { value, weighted: tf.mul(value, input.weight) };
  }

  exportState(): HostTensor[] {
    return Object.entries(this.session.exportState()).map(([name, { shape, data }]) =>
      hostTensor(name, data, shape),
    );
  }

  importState(state: readonly HostTensor[]): void {
    const byName = state.map(
      ({ name, shape, data }) => [name, { shape, data: Float32Array.from(data) }] as const,
    );
    this.session.importState(Object.fromEntries(byName));
  }

  dispose(): void {
    this.session.dispose();
    for (const variable of this.variables.values()) variable.dispose();
  }
}
