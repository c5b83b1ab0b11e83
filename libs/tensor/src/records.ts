import type { Tensor } from '@lyceum/contracts/tensor';

/** The records of an encoded tensor. */
export interface Records {
  /** One an index of the first dimension; a scalar has one. */
  readonly count: number;
  /** Bytes of each; a fraction where the tensor's bytes are not as many for each, 0 where there are none. */
  readonly bytes: number;
  /** All of them, as they lie in the message. */
  readonly view: DataView;
}

export function recordsOf({ shape, data }: Tensor): Records {
  const count = shape[0] ?? 1;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return { count, bytes: count === 0 ? 0 : data.length / count, view };
}
