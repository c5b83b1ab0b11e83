import { tf } from '@lyceum/engine';
import type { HostTensor } from '@lyceum/tensor';

/** Copies a tensor of the engine to the host. */
export function toHost(name: string, tensor: tf.Tensor): HostTensor {
  const data = tensor.dataSync();
  if (tensor.dtype === 'int32') return { name, dtype: 'i32', shape: [...tensor.shape], data: data };
  return { name, dtype: 'f32', shape: [...tensor.shape], data: data };
}

/** Puts a host tensor on the engine; the caller disposes it. */
export function toEngine(host: HostTensor): tf.Tensor {
  return tf.tensor(host.data, [...host.shape], host.dtype === 'f32' ? 'float32' : 'int32');
}

/** Host tensors by name, on the engine. */
export function toEngineMap(tensors: readonly HostTensor[]): Record<string, tf.Tensor> {
  return Object.fromEntries(tensors.map((tensor) => [tensor.name, toEngine(tensor)]));
}

/** Assigns host values to variables of the same names; says which is missing or of another shape. */
export function assignAll(
  variables: ReadonlyMap<string, tf.Variable>,
  values: ReadonlyMap<string, HostTensor>,
  prefix: string,
  missing: (name: string, reason: string) => Error,
): void {
  for (const [name, variable] of variables) {
    const host = values.get(prefix + name);
    if (host === undefined) throw missing(prefix + name, 'is missing');
    if (host.shape.join() !== variable.shape.join()) {
      throw missing(
        prefix + name,
        `has shape [${host.shape.join(', ')}], expected [${variable.shape.join(', ')}]`,
      );
    }
    tf.tidy(() => variable.assign(toEngine(host)));
  }
}
