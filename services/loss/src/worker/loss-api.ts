import type { EngineInfo } from '@lyceum/engine';
import type { HostTensor } from '@lyceum/tensor';

export interface SessionOpening {
  readonly loss: string;
  readonly params: Record<string, unknown>;
  readonly studentShapes: Record<string, readonly number[]>;
  readonly teacherShapes: Record<string, readonly number[]>;
  readonly sampleCount: number;
  readonly classCount: number;
  readonly seed: number;
  /** Names the streams of random numbers; default: the loss. */
  readonly name?: string;
  readonly labels?: Int32Array;
  readonly bare: boolean;
}

export interface SessionOpened {
  readonly id: number;
  readonly weights: readonly HostTensor[];
  readonly trainable: readonly string[];
}

export interface SessionStep {
  readonly step: number;
  readonly epoch: number;
  readonly student: readonly HostTensor[];
  readonly keys: readonly HostTensor[];
  readonly weights: readonly HostTensor[];
  readonly labels?: HostTensor;
  readonly indices?: HostTensor;
  readonly extra: readonly HostTensor[];
  /** What the gradients are multiplied by; default 1. */
  readonly gradientFactor?: number;
}

export interface StepResult {
  readonly value: number;
  readonly terms: Record<string, number>;
  readonly gradients: readonly HostTensor[];
}

/** What the loss worker does when asked. */
export interface LossApi {
  /** What computes. */
  engine(): EngineInfo;
  open(opening: SessionOpening): SessionOpened;
  step(session: number, step: SessionStep): StepResult;
  snapshot(session: number): readonly HostTensor[];
  restore(session: number, state: readonly HostTensor[]): void;
  close(session: number): void;
}
