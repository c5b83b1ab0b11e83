import type { TensorMap, VectorRules } from '../loss.js';
import type { ParamTable, ParamValues } from '../params.js';

/** One tensor that an operator reads or writes. */
export interface OperatorTensor {
  readonly name: string;
  readonly doc: string;
}

export interface OperatorInput<T extends ParamTable = ParamTable> {
  readonly params: ParamValues<T>;
  readonly inputs: TensorMap;
  /** Trainable weights by name, for operators that have any. */
  readonly weights: TensorMap;
}

/**
 * A step of a method that is not a loss: it selects, attends, mixes or combines. Random choices are inputs or
 * parameters, so the same inputs give the same outputs.
 */
export interface OperatorModule<T extends ParamTable = ParamTable> {
  readonly id: string;
  readonly title: string;
  /** Paper and whose code it matches. */
  readonly source: string;
  /** What it computes, in plain text. */
  readonly rule: string;
  readonly params: T;
  readonly inputs: readonly OperatorTensor[];
  readonly outputs: readonly OperatorTensor[];
  /** Gradients flow from the outputs into `student.*` inputs and `weights`. */
  readonly run: (input: OperatorInput<T>) => TensorMap;
  readonly vectors?: VectorRules;
}

/** An operator whatever its parameters are; what the registry holds. */
export type AnyOperator = OperatorModule;

/** Declares an operator; keeps the parameters' types for its own function. */
export function defineOperator<const T extends ParamTable>(module: OperatorModule<T>): AnyOperator {
  return module as unknown as AnyOperator;
}
