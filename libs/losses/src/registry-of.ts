import { LyceumError } from '@lyceum/errors';

/**
 * Indexes modules by id.
 * @throws LyceumError ALREADY_EXISTS when two modules share an id.
 */
export function registryOf<M extends { readonly id: string }>(modules: readonly M[]): ReadonlyMap<string, M> {
  const byId = new Map<string, M>();
  for (const module of modules) {
    if (byId.has(module.id))
      throw new LyceumError('ALREADY_EXISTS', `the id "${module.id}" is registered twice`);
    byId.set(module.id, module);
  }
  return byId;
}
