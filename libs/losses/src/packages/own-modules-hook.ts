import type { InitializeHook, ResolveHook } from 'node:module';

// Runs in the thread that Node resolves modules in. A package's `import '@lyceum/losses'` gets the module that this
// process already runs: a second copy would have an engine of its own, and a loss's tensors would not be ours.

let own: Readonly<Record<string, string>> = {};

/** Takes the addresses of this process's own modules by name. */
export const initialize: InitializeHook<Readonly<Record<string, string>>> = async (modules) => {
  own = modules;
};

/** Gives this process's own module for every name that it has. */
export const resolve: ResolveHook = async (specifier, context, next) => {
  const url = own[specifier];
  return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
};
