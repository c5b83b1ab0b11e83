import type { Augmentation, DataSpec, Normalization } from '@lyceum/data';
import type { EngineInfo } from '@lyceum/engine';
import type { ErrorRecord } from '@lyceum/errors';
import type { KeyNumbers } from '@lyceum/losses';
import type { HostTensor } from '@lyceum/tensor';

/** A teacher as loaded. */
export interface LoadedTeacher {
  readonly name: string;
  readonly architecture: string;
  readonly classCount: number;
  readonly inputShape: readonly [number, number, number];
  readonly parameterCount: number;
  readonly weightsDigest: string;
  readonly taps: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly role: string;
  }[];
  /** Mean and standard deviation by channel that its pixels were normalised with. */
  readonly normalization: Normalization;
  readonly dataSet: string;
}

/** A key half to compute for every batch. */
export interface PlannedKey {
  readonly id: string;
  readonly loss: string;
  readonly params: Record<string, unknown>;
  readonly teacherTaps: Record<string, string>;
  readonly studentShapes: Record<string, readonly number[]>;
  /** The part that the teacher plays in a loss whose teachers play different ones. */
  readonly source?: string;
  /** Constants that the key half reads. */
  readonly frozen: readonly HostTensor[];
}

/** Held-out samples are a student's own. */
export type DataName = Omit<DataSpec, 'validation'>;

/** What a stream wants of every batch. */
export interface Plan {
  readonly teacher: string;
  readonly keys: readonly PlannedKey[];
  readonly taps: readonly string[];
  readonly data?: DataName;
  readonly split: 'train' | 'test';
  readonly augmentation?: Augmentation;
  /** Longer side of the images that the teacher is shown; absent: as they are. */
  readonly viewPixels?: number;
  /** Whether the same samples will be asked for in the same views again. */
  readonly keep?: boolean;
}

export interface OpenedPlan {
  readonly id: number;
  /** Tensors of an answer, with shapes for a batch of one. */
  readonly tensors: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly perBatch: boolean;
    /** What its numbers are, which decides how they may be sent. */
    readonly numbers: KeyNumbers;
  }[];
  /**
   * Taps, with shapes for a batch of one, that its answers can be made from again, where those belong to whole batches
   * and are worth keeping.
   */
  readonly madeFrom?: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** Number of samples of the split; 0 when no data is named. */
  readonly sampleCount: number;
  readonly dataDigest: string;
  /** What its samples' pixels are normalised with. */
  readonly normalization?: Normalization;
}

/** A batch by the names of its samples. */
export interface SampleBatch {
  readonly kind: 'samples';
  readonly indices: Int32Array;
  readonly view: number;
}

export type BatchContent = SampleBatch | { readonly kind: 'pixels'; readonly images: HostTensor };

/** What a forward pass gives a plan: its tensors, or why they could not be computed. */
export type PlanAnswer =
  | {
      readonly tensors: readonly HostTensor[];
      /** The taps of `OpenedPlan.madeFrom`, in its order. */
      readonly madeFrom?: readonly HostTensor[];
      readonly error?: undefined;
    }
  | { readonly error: ErrorRecord; readonly tensors?: undefined; readonly madeFrom?: undefined };

/** What the inference worker does when asked. */
export interface InferenceApi {
  /** What computes. */
  engine(): EngineInfo;
  load(name: string, weights: Uint8Array): LoadedTeacher;
  /** @param keptBytes how much can be kept of what answers are made from; no more than that is given. */
  open(plan: Plan, keptBytes: number): Promise<OpenedPlan>;
  /**
   * One forward pass for plans of the same teacher, data, split and augmentation.
   * @returns an answer for each plan, in order; what is wrong with one leaves the others alone.
   */
  run(plans: readonly number[], content: BatchContent): PlanAnswer[];
  /** A plan's answer to a batch from the taps that it is made from, without a forward pass. */
  project(plan: number, madeFrom: readonly HostTensor[], batch: SampleBatch): PlanAnswer;
  close(plan: number): void;
}
