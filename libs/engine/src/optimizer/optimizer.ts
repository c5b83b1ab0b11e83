import type { tf } from '../tf.js';

/** Weights by name, in the order in which their state is kept. */
export type NamedVariables = Readonly<Record<string, tf.Variable>>;
export type NamedTensors = Readonly<Record<string, tf.Tensor>>;

/** Updates a fixed list of weights from their gradients, with PyTorch's arithmetic. */
export interface Optimizer {
  /**
   * One step. A weight without a gradient keeps its value and its state, weight decay included.
   * @param gradients by weight name, each of its weight's shape; stay the caller's to dispose.
   * @param learningRate of this step; schedules live outside.
   */
  apply(gradients: NamedTensors, learningRate: number): void;
  /**
   * What a checkpoint needs: `step` (int32 scalar) and each slot as `<slot>/<weight>`. The tensors stay the
   * optimizer's, and change with the next step: copy them, do not dispose them.
   */
  state(): Record<string, tf.Tensor>;
  /**
   * Takes over the values of an earlier `state()`; the tensors given stay the caller's.
   * @throws LyceumError SHAPE_MISMATCH naming every tensor that is missing, unknown or of another shape.
   */
  restore(state: NamedTensors): void;
  dispose(): void;
}

/** The settings of each kind; what is left out is PyTorch's default, but for SGD, whose momentum is 0.9. */
export type OptimizerOptions = SgdOptions | AdamOptions | RmsPropOptions;

export interface SgdOptions {
  readonly name: 'sgd';
  /** Default 0.9; 0 is plain gradient descent. */
  readonly momentum?: number;
  /** Default false. */
  readonly nesterov?: boolean;
  /** Added to the gradient, times the weight; default 0. */
  readonly weightDecay?: number;
}

export interface AdamOptions {
  /** `adam` adds weight decay to the gradient, `adamw` shrinks the weight itself by `learningRate * weightDecay`. */
  readonly name: 'adam' | 'adamw';
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Default 0 for `adam`, 0.01 for `adamw`. */
  readonly weightDecay?: number;
}

export interface RmsPropOptions {
  readonly name: 'rmsprop';
  /** Smoothing of the squared gradient; default 0.99. */
  readonly alpha?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Default 0. */
  readonly momentum?: number;
  /** Added to the gradient, times the weight; default 0. */
  readonly weightDecay?: number;
}
