import type { tf } from '@lyceum/engine';
import type { Random } from '@lyceum/random';
import type { ParamTable, ParamValues } from './params.js';

export type TensorMap = Readonly<Record<string, tf.Tensor>>;

/** A shape without its batch dimension: `[h, w, c]` of a map, `[d]` of an embedding or of logits. */
export type Shape = readonly number[];
export type ShapeMap = Readonly<Record<string, Shape>>;

/** Which of a model's taps fill a slot when the recipe does not say. */
export type TapChoice =
  | 'logits'
  /** the pooled feature ahead of the classifier */
  | 'pooled'
  /** the outputs of all groups, shallow to deep, without the stem */
  | 'maps'
  /** the last of `maps` */
  | 'last-map'
  /** the second of `maps`: RepDistiller's hint layer */
  | 'hint'
  /** the stem's output, then `maps` */
  | 'stem-and-maps'
  /** `maps` as they are before their last ReLU */
  | 'preact-maps';

/** A place in the loss for one tap, or for several numbered from 1 (`layer1`, `layer2`, ...). */
export interface Slot {
  readonly name: string;
  /** `logits` [N, C], `map` [N, H, W, C], `embedding` [N, D]. */
  readonly kind: 'logits' | 'map' | 'embedding';
  readonly repeated?: boolean;
  readonly defaultTaps: TapChoice;
}

/** How a tensor starts; drawn from the stream (seed, loss, tensor's name). */
export type Initializer =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'normal'; readonly standardDeviation: number };

/** A tensor that a loss owns: an adapter's weight, or state that persists between steps. */
export interface OwnedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
}

/** What is known before the first step. */
export interface LossSetting<T extends ParamTable = ParamTable> {
  readonly params: ParamValues<T>;
  /** Shapes of the student's taps by slot. */
  readonly studentShapes: ShapeMap;
  /** Shapes of the teacher's (or peer's) taps by slot. */
  readonly teacherShapes: ShapeMap;
  /** Number of training samples; memory banks have that many rows. */
  readonly sampleCount: number;
  readonly classCount: number;
  /** Labels of all training samples `[sampleCount]`, for losses that draw negatives by class. */
  readonly trainLabels?: Int32Array;
}

/** What the key half sees: it runs where the teacher runs and knows no student weight. */
export interface KeyContext<T extends ParamTable = ParamTable> {
  readonly params: ParamValues<T>;
  readonly studentShapes: ShapeMap;
}

/** The keys of one source: the teacher, one of several teachers, or a peer. */
export interface KeySet {
  readonly source: string;
  readonly tensors: TensorMap;
}

/** One step's inputs. All tensors are on the engine; `keys` are constants of the step. */
export interface LossInput<T extends ParamTable = ParamTable> {
  readonly params: ParamValues<T>;
  /** Student taps by slot: gradients flow into these and into `weights`. */
  readonly student: TensorMap;
  /** One set for each source, in the recipe's order. */
  readonly keys: readonly KeySet[];
  /** int32 [N]. */
  readonly labels?: tf.Tensor1D;
  /** int32 [N], positions of the samples in the training split. */
  readonly indices?: tf.Tensor1D;
  /** Adapter weights by name. */
  readonly weights: TensorMap;
  /** State by name, before the step. */
  readonly state: TensorMap;
  readonly setting: LossSetting<T>;
  readonly step: number;
  readonly epoch: number;
  /** Opens this step's stream of random numbers: the same in every process for the same seed and step. */
  readonly random: (name: string) => Random;
  /** Inputs that only vectors and operators give: fixed permutations, contrast indices, images. */
  readonly extra: TensorMap;
}

export interface LossOutput {
  /** Scalar, unweighted. */
  readonly value: tf.Scalar;
  /** Its parts by name, scalars. */
  readonly terms?: Readonly<Record<string, tf.Scalar>>;
  /** State after the step; names left out keep their value. */
  readonly state?: TensorMap;
}

/**
 * A loss has two halves. `key` runs where the teacher (or peer) runs, so that what crosses the wire is the key
 * and not the raw taps; `value` compares the student's taps with the keys. Gradients come from the engine.
 */
export interface LossModule<T extends ParamTable = ParamTable> {
  /** Method id and file name, for instance `at`. */
  readonly id: string;
  readonly title: string;
  /** Authors, paper, venue, equation; and whose code it matches. */
  readonly source: string;
  /** The equation in plain text. */
  readonly equation: string;
  readonly params: T;
  readonly student: readonly Slot[];
  /** Empty for a loss that needs no teacher. */
  readonly teacher: readonly Slot[];
  /** Who may give the keys. */
  readonly keySources: readonly ('teacher' | 'peer')[];
  readonly needsLabels?: (params: ParamValues<T>) => boolean;
  readonly needsIndices?: boolean;
  /** The teacher's half; when absent, the taps themselves are the key, under their slots' names. */
  readonly key?: (taps: TensorMap, context: KeyContext<T>) => TensorMap;
  /** Whether the key of a sample depends on the batch it is in (a Gram matrix): then it can't be cached by sample. */
  readonly keyIsPerBatch?: boolean;
  /** Trainable weights beside the student; built from the shapes, dropped on export. */
  readonly adapters?: (setting: LossSetting<T>) => readonly OwnedTensor[];
  /** What persists between steps. */
  readonly state?: (setting: LossSetting<T>) => readonly OwnedTensor[];
  /** Refuses shapes that the loss cannot compare, naming the slot. */
  readonly check?: (setting: LossSetting<T>) => void;
  readonly value: (input: LossInput<T>) => LossOutput;
}

/** A loss whatever its parameters are; what the registry holds. */
export type AnyLoss = LossModule;

/** Declares a loss; keeps the parameters' types for its own functions. */
export function defineLoss<const T extends ParamTable>(module: LossModule<T>): AnyLoss {
  return module as unknown as AnyLoss;
}

/** The keys of the only source of a loss with one teacher or peer. */
export function onlyKeys(keys: readonly KeySet[]): TensorMap {
  return keys[0].tensors;
}
