import { createRequire } from 'node:module';
import util from 'node:util';
import { LyceumError } from '@lyceum/errors';
import type { NativePackage } from './native-package.js';

const require = createRequire(import.meta.url);

/**
 * Loads native TensorFlow into this process and makes it the backend. `threads` is read when the library starts its
 * pools, so only the first load of a process sets it.
 * @throws LyceumError MISSING_DEPENDENCY when the library is there and does not load.
 */
export function loadNative(found: NativePackage, threads: number): void {
  setProcessEnvironment(threads);
  restoreRemovedFunctions();
  try {
    require(found.name);
  } catch (cause) {
    throw new LyceumError(
      'MISSING_DEPENDENCY',
      `engine: ${found.name} is in place and does not load (${firstLine(cause)}); ` +
        `run "node scripts/provision.mjs --variant ${found.variant} --force" to build it again`,
      { cause },
    );
  }
}

/** The library reads the environment of the process: in a worker thread this needs `SHARE_ENV`, as `startWorker` gives. */
function setProcessEnvironment(threads: number): void {
  process.env.TF_NUM_INTRAOP_THREADS = String(threads);
  // One operation at a time is what an eager training step does; more threads only take turns.
  process.env.TF_NUM_INTEROP_THREADS ??= '1';
  // Notices about CPU features, and errors about CUDA parts registered twice, which are of no use to anybody.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
}

/** tfjs-node 4.22 calls a function of `util` that Node 23 removed. */
function restoreRemovedFunctions(): void {
  const old = util as unknown as { isNullOrUndefined?: (value: unknown) => boolean };
  old.isNullOrUndefined ??= (value) => value === null || value === undefined;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0];
}
