import type { TapInfo } from '../model.js';

export interface ConvOptions {
  /** Output channels. */
  readonly outputs: number;
  /** Side of the square kernel. */
  readonly size: number;
  /** Default 1. */
  readonly stride?: number;
  /** Zeros on every side. Default 0. */
  readonly pad?: number;
  /** Default 1; as many as input channels makes it depthwise. */
  readonly groups?: number;
  /** Default false. */
  readonly bias?: boolean;
}

export interface WindowOptions {
  readonly size: number;
  readonly stride: number;
  readonly pad?: number;
}

/**
 * What networks are written with. `T` is a tensor when a network runs, and a shape when it is only described, so that
 * each network is written down once and can be planned with without an engine.
 *
 * Names are PyTorch's module names; a layer's parameters are `<name>.weight`, `<name>.bias` and so on.
 */
export interface Layers<T> {
  /** Channels of a map, or length of a vector. */
  channels(x: T): number;
  /** Rows of a map. */
  height(x: T): number;
  /** The same values as a constant: what they are computed from is not trained through it. */
  detach(x: T): T;
  conv(name: string, x: T, options: ConvOptions): T;
  batchNorm(name: string, x: T): T;
  relu(x: T): T;
  sigmoid(x: T): T;
  add(a: T, b: T): T;
  /** Place by place; `b` has as many channels as `a`, or one for all of them. */
  multiply(a: T, b: T): T;
  /** Along channels. */
  concat(a: T, b: T): T;
  /** Along channels: the first `count`, and the rest. */
  split(x: T, count: number): readonly [T, T];
  /** Takes one channel of each group in turn. */
  shuffle(x: T, groups: number): T;
  /** A map brought to another's rows and columns: bilinear, centres of places on centres (half-pixel). */
  resize(x: T, like: T): T;
  maxPool(x: T, options: WindowOptions): T;
  /** Zeros around the image count as values. */
  avgPool(x: T, options: WindowOptions): T;
  /** Map to vector. */
  globalAvgPool(x: T): T;
  dense(name: string, x: T, outputs: number): T;
  /** The engine's `representatives` of a map after its ReLU, K of them. */
  representatives(x: T, count: number): Representatives<T>;
}

export interface Representatives<T> {
  /** K vectors of C, side by side: `[K C]`. */
  readonly vectors: T;
  /** `[h, w, K]`. */
  readonly maps: T;
}

/** A tap as a network reaches it. */
export interface Reached<T> {
  readonly name: string;
  readonly role: TapInfo['role'];
  readonly norm?: string;
  readonly value: T;
}

/**
 * A network yields its taps from shallow to deep, `logits` last. Whoever runs it stops after the last tap that is
 * wanted, and what lies behind is never computed.
 */
export type Network = <T>(layers: Layers<T>, images: T, classCount: number) => Generator<Reached<T>, void>;
