import type { tf } from '@lyceum/engine';
import { LyceumError } from '@lyceum/errors';
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
  /** the stem's output as it is before its ReLU */
  | 'preact-stem'
  /** `maps` as they are before their last ReLU */
  | 'preact-maps'
  /** `maps`, then the pooled feature as a map of one place */
  | 'maps-and-pooled'
  /** `preact-maps`, then the pooled feature as a map of one place */
  | 'preact-maps-and-pooled';

/** A place in the loss for one tap, or for several numbered from 1 (`layer1`, `layer2`, ...). */
export interface Slot {
  readonly name: string;
  /** `logits` [N, C], `map` [N, H, W, C], `embedding` [N, D]. */
  readonly kind: 'logits' | 'map' | 'embedding';
  readonly repeated?: boolean;
  readonly defaultTaps: TapChoice;
  /** A repeated slot whose taps are compared all with all: the two sides may have different numbers of taps. */
  readonly unpaired?: boolean;
  /** Never filled by default: another form of the loss takes this tensor instead of its usual taps. */
  readonly optional?: boolean;
  /** Whether the loss with these parameters uses the slot; absent: always. */
  readonly when?: (params: Readonly<Record<string, unknown>>) => boolean;
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

/** The taps that one source (a teacher or peer) offers. */
export interface SourceShapes {
  readonly source: string;
  readonly shapes: ShapeMap;
}

/** What is known before the first step. */
export interface LossSetting<T extends ParamTable = ParamTable> {
  readonly params: ParamValues<T>;
  /** Shapes of the student's taps by slot. */
  readonly studentShapes: ShapeMap;
  /** Shapes of the first source's taps by slot; empty for a loss without a teacher. */
  readonly teacherShapes: ShapeMap;
  /** All sources, in the recipe's order; teachers may differ in shape. */
  readonly sources: readonly SourceShapes[];
  /** Number of training samples; memory banks have that many rows. */
  readonly sampleCount: number;
  readonly classCount: number;
  /** Labels of all training samples `[sampleCount]`, for losses that draw negatives by class. */
  readonly trainLabels?: Int32Array;
  /** The taps are compared as they are: no adapters are built. */
  readonly bare: boolean;
}

/** What the key half sees: it runs where the teacher runs and knows no student weight. */
export interface KeyContext<T extends ParamTable = ParamTable> {
  readonly params: ParamValues<T>;
  readonly studentShapes: ShapeMap;
  /** Name of the source whose taps these are; `teacher` when there is one. */
  readonly source: string;
  /** Extra inputs of the key half by name, see `LossModule.extra`. */
  readonly extra: TensorMap;
}

/** How many sources of keys; without `max` any number. */
export interface SourceCount {
  readonly min: number;
  readonly max?: number;
}

/** The keys of one source: the teacher, one of several teachers, or a peer. */
export interface KeySet {
  readonly source: string;
  readonly tensors: TensorMap;
}

/** Scale and offset of a batch norm, `[C]`. */
export interface NormTensors {
  readonly gamma: tf.Tensor1D;
  readonly beta: tf.Tensor1D;
}

/** An input beside taps, keys, labels and indices. */
export interface ExtraInput {
  readonly name: string;
  readonly doc: string;
  /**
   * `images`: the batch's images as the teacher sees them; `frozen`: constants that an earlier stage trained;
   * `random`: drawn from the step's stream when absent, given only by vectors.
   */
  readonly from: 'images' | 'frozen' | 'random';
  /** Which half reads it. */
  readonly half: 'key' | 'value';
  /** Whether the loss with these parameters reads it; absent: always. */
  readonly when?: (params: Readonly<Record<string, unknown>>) => boolean;
  /** Its shape, of images without the batch dimension; for `random` inputs it is the loss's own affair. */
  readonly shape?: (setting: LossSetting) => readonly number[];
  /**
   * How whoever holds the teacher computes a frozen constant of the key half that it is not given: from the batch
   * norms ahead of the teacher's taps, by slot.
   */
  readonly fromNorms?: (norms: Readonly<Record<string, NormTensors>>) => tf.Tensor;
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
  /** Extra inputs of the value half by name, see `LossModule.extra`. */
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

/** What a vector case says of itself; enough to decide whose it is. */
export interface VectorCase {
  readonly name: string;
  readonly variant: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Names of its inputs, such as `student.logits`. */
  readonly inputs: readonly string[];
  /** Shapes of its recorded weights by name. */
  readonly weightShapes: Readonly<Record<string, Shape>>;
}

/** How recorded vectors of a method are read where its parameters alone do not say. */
export interface VectorRules {
  /** The file that holds them, when it is a sister method's; default: the module's own id. */
  readonly file?: string;
  /** Whether a case of that file is this module's; default: all that nobody else claims. */
  readonly claims?: (vector: VectorCase) => boolean;
  /** Parameters that a case implies by its name. */
  readonly implied?: (vector: VectorCase) => Readonly<Record<string, unknown>>;
  /** Recorded parameter names that only repeat what the shapes say. */
  readonly derived?: readonly string[];
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
  /** How many sources; default exactly one, or none for a loss without teacher slots. */
  readonly sourceCount?: SourceCount;
  /** Names that the sources must have, when each plays a part of its own. */
  readonly sourceNames?: readonly string[];
  /** Whether the caller must send labels. */
  readonly needsLabels?: (params: ParamValues<T>) => boolean;
  readonly needsIndices?: boolean;
  /** Inputs beside taps, labels and indices. */
  readonly extra?: readonly ExtraInput[];
  /** The teacher's half; when absent, the taps themselves are the key, under their slots' names. */
  readonly key?: (taps: TensorMap, context: KeyContext<T>) => TensorMap;
  /** Whether the key of a sample depends on the batch it is in (a Gram matrix): then it can't be cached by sample. */
  readonly keyIsPerBatch?: boolean;
  /**
   * Whether its numbers are whole ones, at most 256, that stand for bits. They must arrive as they were: such a key may be
   * sent as FP32, FP16 or BF16, which keep them, but not in bytes with a scale.
   */
  readonly keyIsWhole?: boolean;
  /** Trainable weights beside the student; built from the shapes, dropped on export. Not asked when `bare`. */
  readonly adapters?: (setting: LossSetting<T>) => readonly OwnedTensor[];
  /** What persists between steps. */
  readonly state?: (setting: LossSetting<T>) => readonly OwnedTensor[];
  /** Refuses shapes that the loss cannot compare, naming the slot. */
  readonly check?: (setting: LossSetting<T>) => void;
  readonly value: (input: LossInput<T>) => LossOutput;
  /** Whether parts of `value` are held constant, so that its gradient is not its numeric derivative. */
  readonly stopsGradients?: boolean;
  readonly vectors?: VectorRules;
  /** Parameters that make a small example, where the defaults would be large. */
  readonly example?: Readonly<Record<string, unknown>>;
}

/** A loss whatever its parameters are; what the registry holds. */
export type AnyLoss = LossModule;

/** Declares a loss; keeps the parameters' types for its own functions. */
export function defineLoss<const T extends ParamTable>(module: LossModule<T>): AnyLoss {
  return module as unknown as AnyLoss;
}

/** The keys of the only source of a loss with one teacher or peer. */
export function onlyKeys(keys: readonly KeySet[]): TensorMap {
  const [first] = keys;
  if (first === undefined)
    throw new LyceumError('INVALID_FIELD', 'keys: the loss needs the keys of a teacher or peer');
  return first.tensors;
}
