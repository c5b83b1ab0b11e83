import type { EngineInfo } from '@lyceum/engine';
import type { HostTensor } from '@lyceum/tensor';
import type { EvaluateTask, SelectTask, TrainTask } from '@lyceum/recipes';
import type { TapInfo } from '@lyceum/models';
import type { Selection } from './selection.js';

/** A loss as the trainer needs to know it: from the registry, or as a service describes it. */
export interface RemoteLossDescription {
  readonly studentSlots: readonly RemoteSlot[];
  readonly teacherSlots: readonly RemoteSlot[];
  readonly needsLabels: boolean;
  readonly needsIndices: boolean;
  readonly keySources: readonly string[];
  /** Inputs of the value half that hold the batch's images. */
  readonly imageInputs: readonly string[];
  /** Inputs of the value half that were trained beforehand. */
  readonly frozenInputs: readonly string[];
}

export interface RemoteSlot {
  readonly name: string;
  readonly kind: string;
  readonly repeated: boolean;
  readonly defaultTaps: string;
}

/** What decides about the keys that a task asks for. */
export type KeyTask = Pick<TrainTask, 'data' | 'model' | 'losses' | 'teachers' | 'peers'>;

export interface KeyOptions {
  readonly task: KeyTask;
  /** Taps of the teachers by the teachers' names. */
  readonly teacherTaps: Readonly<Record<string, readonly TapInfo[]>>;
  /** Descriptions of losses that a service computes, by the losses' names in the recipe. */
  readonly remoteLosses: Readonly<Record<string, RemoteLossDescription>>;
  /** What was trained beforehand for losses, by the losses' names in the recipe. */
  readonly constants?: Readonly<Record<string, readonly HostTensor[]>>;
}

export interface PrepareOptions extends KeyOptions {
  readonly task: TrainTask;
  /** Bytes of weights to start from. */
  readonly initWeights?: Uint8Array;
}

/** What a teacher is to be asked for. */
export interface KeyRequest {
  readonly teacher: string;
  /** The loss's name in the recipe. */
  readonly id: string;
  readonly loss: string;
  readonly params: Record<string, unknown>;
  readonly teacherTaps: Record<string, string>;
  readonly studentShapes: Record<string, readonly number[]>;
  /** The part that the teacher plays in the loss, where its teachers play different ones. */
  readonly source?: string;
  /** Constants of the key half that the teacher is sent. */
  readonly frozen: readonly HostTensor[];
  /** Whether the raw taps are wanted because the teacher does not know the loss. */
  readonly raw: boolean;
  /** Whether the teacher's logits are wanted beside the key. */
  readonly withLogits: boolean;
}

/** What teachers are to be asked for, and of which data. */
export interface RequestedKeys {
  readonly keyRequests: readonly KeyRequest[];
  /** Training samples. */
  readonly sampleCount: number;
  readonly dataDigest: string;
}

export interface Prepared extends RequestedKeys {
  readonly stepCount: number;
  readonly stepsPerEpoch: number;
  readonly parameterCount: number;
  /** Of one image's forward pass. */
  readonly multiplyAdds: number;
  readonly adapterParameterCount: number;
}

/** Keys of one step: by teacher, then `<loss name>/<tensor>`. */
export type StepKeys = Readonly<Record<string, readonly HostTensor[]>>;

export interface StepNumbers {
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly losses: Record<string, number>;
  readonly accuracy: number;
  readonly learningRate: number;
  readonly sampleCount: number;
  /** Milliseconds that the step took. */
  readonly busyMs: number;
  /** Milliseconds in which the compute thread had nothing to do before the step. */
  readonly waitMs: number;
}

export interface Evaluation {
  readonly accuracy: number;
  readonly loss: number;
  readonly sampleCount: number;
  readonly classes: readonly string[];
  /** `confusion[actual][predicted]` counts. */
  readonly confusion: readonly (readonly number[])[];
  /** Predicted class of each test sample. */
  readonly predictions: readonly number[];
  /** Where the network looks in the first test samples; absent unless it has taps that tell. */
  readonly attention?: readonly AttentionMaps[];
}

/** What the metrics of an evaluation say. */
export interface Measured {
  /** Where accuracy is asked for. */
  readonly evaluation?: Evaluation;
  /** Shares from 0 to 1, by the names that `metricResults` of @lyceum/recipes gives. */
  readonly results: Readonly<Record<string, number>>;
}

/** What a tap of attention shows of the first test samples. */
export interface AttentionMaps {
  readonly tap: string;
  /** `[h, w, k]`, of k maps. */
  readonly shape: readonly [number, number, number];
  /** Of each sample, `h w k` numbers, row by row, to four digits. */
  readonly samples: readonly (readonly number[])[];
}

export interface Restored {
  readonly nextStep: number;
  /** Keys that this student had told its peers, `<step>/<loss name>/<tensor>`. */
  readonly peerKeys: readonly HostTensor[];
}

/** What the compute worker does when asked. */
export interface ComputeApi {
  /** What computes. */
  engine(): EngineInfo;
  prepare(options: PrepareOptions): Promise<Prepared>;
  /** What a training would ask its teachers for, where each sample has a key of its own; prepares nothing. */
  requestKeys(options: KeyOptions): Promise<RequestedKeys>;
  /** Continues from a checkpoint. */
  restore(checkpoint: Uint8Array): Restored;
  step(step: number, keys: StepKeys): StepNumbers;
  /** Everything that the next steps depend on; `peerKeys` are kept with it and come back by `restore`. */
  checkpoint(peerKeys: readonly HostTensor[]): Uint8Array;
  /** The trained network alone, as safetensors. */
  exportWeights(): Uint8Array;
  /** What its losses trained beside it, `<loss name>/<tensor>`, as safetensors; none where they train nothing. */
  exportAdapters(): Uint8Array | undefined;
  /** Digest of the data that a task reads. */
  dataDigest(data: TrainTask['data']): Promise<string>;
  evaluate(): Evaluation;
  /** Share of the held-out training samples classified rightly, 0 to 1; none where none are held out. */
  validate(): number | undefined;
  evaluateNetworks(task: EvaluateTask, weights: readonly Uint8Array[]): Promise<Measured>;
  selectTaps(task: SelectTask, weights: Uint8Array): Promise<Selection>;
  dispose(): void;
}

/** What the worker asks of its main thread in the middle of a step. */
export interface BridgeCalls {
  /** Publishes this student's keys and waits for the peers'. */
  'peer.exchange': { request: PeerExchange; response: Record<string, HostTensor[]> };
  /** Tells people what the task waits for. */
  'data.progress': { request: { message: string }; response: Record<string, never> };
  'loss.open': { request: RemoteOpen; response: RemoteOpened };
  'loss.step': { request: RemoteStep; response: RemoteResult };
  'loss.snapshot': { request: { id: string }; response: HostTensor[] };
  'loss.restore': { request: { id: string; state: HostTensor[] }; response: Record<string, never> };
}

export interface PeerExchange {
  readonly step: number;
  readonly tensors: HostTensor[];
}

export interface RemoteOpen {
  readonly id: string;
  readonly loss: string;
  readonly params: Record<string, unknown>;
  readonly studentShapes: Record<string, readonly number[]>;
  readonly teacherShapes: Record<string, readonly number[]>;
  readonly sampleCount: number;
  readonly classCount: number;
  readonly seed: number;
  readonly labels: Int32Array;
}

export interface RemoteOpened {
  readonly weights: HostTensor[];
  readonly trainable: string[];
}

export interface RemoteStep {
  readonly id: string;
  readonly step: number;
  readonly epoch: number;
  readonly student: HostTensor[];
  readonly keys: HostTensor[];
  readonly weights: HostTensor[];
  readonly labels?: HostTensor;
  readonly indices?: HostTensor;
  readonly extra: HostTensor[];
  /** The loss's weight in the total, which the service may multiply the gradients by. */
  readonly gradientFactor: number;
}

export interface RemoteResult {
  readonly value: number;
  readonly terms: Record<string, number>;
  readonly gradients: HostTensor[];
  /** What the gradients are multiplied by; absent: 1. */
  readonly gradientFactor?: number;
}
