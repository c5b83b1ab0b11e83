import type { NativePackage } from '../backends/native-package.js';
import type { Report } from './progress.js';

export interface RungContext {
  readonly target: NativePackage;
  /** For archives that are worth keeping until the entry is complete; survives an interrupted run. */
  readonly downloads: string;
  readonly report: Report;
}

/** One way to get a native TensorFlow and the binding over it. */
export interface Rung {
  readonly id: 'official' | 'wheel';
  /** Names what it brings, and so the cache entry, for instance `tensorflow-cpu-2.18.0`. */
  readonly brings: string;
  /** Why it can't work here, in words; absent when it can. Takes seconds at most. */
  refusal(target: NativePackage): Promise<string | undefined>;
  /**
   * Fills `folder` with `deps/lib` and `lib/napi-v8`.
   * @throws LyceumError MISSING_DEPENDENCY, UNREACHABLE, CORRUPT_FILE or DISK_FULL, saying what to do.
   */
  fill(context: RungContext, folder: string): Promise<void>;
}
