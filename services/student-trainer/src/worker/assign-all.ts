import { tf, toEngine } from '@lyceum/engine';
import type { HostTensor } from '@lyceum/tensor';

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
