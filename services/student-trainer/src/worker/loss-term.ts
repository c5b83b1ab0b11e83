import { tf } from '@lyceum/engine';
import type { HostTensor } from '@lyceum/tensor';

/** What every loss of a step gets. Tensors are on the engine. */
export interface TermInput {
  /** Student taps by tap name. */
  readonly outputs: Readonly<Record<string, tf.Tensor>>;
  /** Keys by source, then tensor name. */
  readonly keys: ReadonlyMap<string, Readonly<Record<string, tf.Tensor>>>;
  /** Everything that the sources sent, by source, under the names it was sent with. */
  readonly answers: ReadonlyMap<string, Readonly<Record<string, tf.Tensor>>>;
  /** Gives the batch's images in full, `[N, H, W, C]`, whatever side the student sees them at; made when asked for. */
  readonly images: () => tf.Tensor4D;
  /** All -1 where they are unknown. */
  readonly labels: tf.Tensor1D;
  readonly isLabelled: boolean;
  readonly indices: tf.Tensor1D;
  readonly step: number;
  readonly epoch: number;
  /** The loss's weight at this step. */
  readonly weight: number;
}

/** What a loss adds to a step. */
export interface TermOutput {
  /** The loss, unweighted. */
  readonly value: tf.Scalar;
  /** weight * value, differentiable by the student's outputs and the adapters. */
  readonly weighted: tf.Scalar;
}

/** One loss of a training: computed here or by a service, the training does not know which. */
export interface LossTerm {
  /** Its name in the recipe. */
  readonly as: string;
  /** Student taps that it reads. */
  readonly studentTaps: readonly string[];
  /** Teachers and peers whose keys it compares with. */
  readonly sources: readonly string[];
  /** Teacher tap of each slot by source, when teachers send taps since they do not know the loss. */
  readonly rawTaps: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
  weightAt(epoch: number): number;
  /** Adapter weights that are trained with the student, by name. */
  readonly variables: ReadonlyMap<string, tf.Variable>;
  apply(input: TermInput): TermOutput;
  /** State for the checkpoint. */
  exportState(): HostTensor[];
  importState(state: readonly HostTensor[]): void;
  dispose(): void;
}

/**
 * Picks the taps that fill a loss's slots, under the slots' names. Copies: gradients by a tap that a loss reads several
 * times are then added up before they join those of others, in the same order wherever the loss is computed.
 */
export function bySlot(
  taps: Readonly<Record<string, string>>,
  outputs: Readonly<Record<string, tf.Tensor>>,
): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(taps).map(([slot, tap]) => [slot, tf.clone(outputs[tap])]));
}
