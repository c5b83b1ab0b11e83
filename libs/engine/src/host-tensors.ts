import type { HostTensor } from '@lyceum/tensor';
import { tf } from './tf.js';

/**
 * A tensor of the engine on the host; float32 and int32 only. It may share the engine's memory: read it, and neither write
 * to it nor transfer it.
 */
export function toHost(name: string, tensor: tf.Tensor): HostTensor {
  const shape = [...tensor.shape];
  if (tensor.dtype === 'int32') return { name, dtype: 'i32', shape, data: tensor.dataSync<'int32'>() };
  return { name, dtype: 'f32', shape, data: tensor.dataSync<'float32'>() };
}

/** Puts a host tensor on the engine (bytes become int32); the caller disposes it. */
export function toEngine({ data, shape, dtype }: HostTensor): tf.Tensor {
  return tf.tensor(data, [...shape], dtype === 'f32' ? 'float32' : 'int32');
}

/** Host tensors on the engine, by name; the caller disposes them. */
export function toEngineMap(tensors: readonly HostTensor[]): Record<string, tf.Tensor> {
  return Object.fromEntries(tensors.map((tensor) => [tensor.name, toEngine(tensor)]));
}
