import type { Tensor } from '@lyceum/contracts/tensor';

/** How FP32 elements lie in records, one an index of the first dimension. */
export interface EncodedFormat {
  readonly name: 'INT8_ROWS' | 'TOP_K';
  /** What a tensor's shape must be, where it is not. */
  readonly shapeProblem?: (shape: readonly number[]) => string | undefined;
  /** What a record must have in place of `bytes` bytes; undefined where these are right. */
  readonly recordProblem: (tensor: Tensor, bytes: number) => string | undefined;
  /** Decodes a tensor whose shape and number of bytes are right into `target`, from element `offset` on. */
  readonly decodeInto: (tensor: Tensor, target: Float32Array, offset: number, field: string) => void;
}
