import { tf, toEngine, toHost } from '@lyceum/engine';
import { lossWeightAt, type TrainTask } from '@lyceum/recipes';
import type { HostTensor } from '@lyceum/tensor';
import { callMain } from './call-main.js';
import type { RemoteLossDescription, RemoteOpen, RemoteResult } from './compute-api.js';
import { bySlot, type LossTerm, type TermInput, type TermOutput } from './loss-term.js';
import type { SourcePart } from './slots.js';

/**
 * A loss that a service computes. The step waits for the service's answer: values and gradients cross the
 * bridge to the main thread, which does the call; the adapters' weights stay here and are sent with each step.
 */
export class RemoteLoss implements LossTerm {
  readonly variables: ReadonlyMap<string, tf.Variable>;
  readonly studentTaps: readonly string[];
  readonly sources: readonly string[];

  constructor(
    private readonly entry: TrainTask['losses'][number],
    private readonly description: RemoteLossDescription,
    open: Omit<RemoteOpen, 'id' | 'loss' | 'params'>,
    private readonly slots: Readonly<Record<string, string>>,
    /** Each source with the part that it plays in the loss. */
    private readonly parts: readonly SourcePart[],
    readonly rawTaps: LossTerm['rawTaps'],
    /** Of the value half, trained beforehand. */
    private readonly constants: readonly HostTensor[],
  ) {
    this.studentTaps = Object.values(slots);
    this.sources = parts.map(({ source }) => source);
    const { as: id, loss, params } = entry;
    const opened = callMain('loss.open', { ...open, id, loss, params });
    this.variables = new Map(
      opened.weights.map((host) => {
        const trainable = opened.trainable.includes(host.name);
        const value = toEngine(host);
        const variable = tf.variable(value, trainable, `${id}/${host.name}`);
        value.dispose();
        return [host.name, variable] as const;
      }),
    );
  }

  get as(): string {
    return this.entry.as;
  }

  weightAt(epoch: number): number {
    return lossWeightAt(this.entry.weight, this.entry.weightSchedule, epoch);
  }

  apply(input: TermInput): TermOutput {
    const student = bySlot(this.slots, input.outputs);
    const weights = Object.fromEntries(this.variables);
    const inputs = [
      ...Object.entries(student).map(([name, tensor]) => ({ name, gradient: name, tensor })),
      ...Object.entries(weights).map(([name, tensor]) => ({
        name,
        gradient: `weights.${name}`,
        tensor: tensor,
      })),
    ];
    const result = this.call(input, student, weights);
    const gradients = new Map(result.gradients.map((host) => [host.name, host]));
    // What gets none is left alone by the optimizer, as it is when the loss is computed here.
    const touched = inputs.flatMap(({ gradient, tensor }) => {
      const host = gradients.get(gradient);
      return host === undefined ? [] : [{ host, tensor }];
    });
    const custom = tf.customGrad<tf.Scalar>(() => {
      // A service that does not know of factors gives the gradients of the value alone.
      const missing = result.gradientFactor === undefined ? input.weight : 1;
      const gradFunc = (dy: tf.Tensor) => {
        const factor = tf.mul(dy, missing);
        return touched.map(({ host }) => tf.mul(toEngine(host), factor));
      };
      return { value: tf.mul<tf.Scalar>(result.value, input.weight), gradFunc };
    });
    return { value: tf.scalar(result.value), weighted: custom(...touched.map(({ tensor }) => tensor)) };
  }

  private call(
    input: TermInput,
    student: Record<string, tf.Tensor>,
    weights: Record<string, tf.Tensor>,
  ): RemoteResult {
    const { as: id } = this.entry;
    return callMain('loss.step', {
      id,
      step: input.step,
      epoch: input.epoch,
      student: Object.entries(student).map(([name, tensor]) => toHost(name, tensor)),
      weights: Object.entries(weights).map(([name, tensor]) => toHost(name, tensor)),
      keys: this.keysOf(input),
      ...(this.description.needsLabels ? { labels: toHost('labels', input.labels) } : {}),
      ...(this.description.needsIndices ? { indices: toHost('indices', input.indices) } : {}),
      extra: [...this.constants, ...this.description.imageInputs.map((name) => toHost(name, input.images()))],
      gradientFactor: input.weight,
    });
  }

  private keysOf(input: TermInput): HostTensor[] {
    return this.parts.flatMap(({ source, part }) =>
      Object.entries(input.keys.get(source) ?? {}).map(([name, tensor]) =>
        toHost(this.parts.length === 1 ? name : `${part}/${name}`, tensor),
      ),
    );
  }

  exportState(): HostTensor[] {
    return callMain('loss.snapshot', { id: this.entry.as });
  }

  importState(state: readonly HostTensor[]): void {
    callMain('loss.restore', { id: this.entry.as, state: [...state] });
  }

  dispose(): void {
    for (const variable of this.variables.values()) variable.dispose();
  }
}
