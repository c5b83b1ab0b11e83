import { fileURLToPath } from 'node:url';
import { LyceumError } from '@lyceum/errors';
import type { BackendChoice } from '../engine-info.js';
import { runCommand } from '../machine/run-command.js';
import type { SmokeResult } from '../smoke.js';

export interface SmokeOptions {
  /** Another Node's executable. */
  readonly node?: string;
  readonly threads?: number;
}

/**
 * Trains a few steps in a process of its own, because a library that does not suit the machine may end the process.
 * @throws LyceumError MISSING_DEPENDENCY when it does not train.
 */
export async function smokeCheck(
  backend: BackendChoice,
  { node = process.execPath, threads }: SmokeOptions = {},
): Promise<SmokeResult> {
  const command = fileURLToPath(new URL('../smoke-command.js', import.meta.url));
  const args = [command, backend, ...(threads === undefined ? [] : [String(threads)])];
  const result = await runCommand(node, args, { timeoutMs: 180_000 });
  try {
    if (result.ok) return JSON.parse(result.stdout.trim().split('\n').at(-1) ?? '') as SmokeResult;
  } catch {
    // The text below says what came instead.
  }
  const why = result.failure || result.output.slice(-200);
  throw new LyceumError(
    'MISSING_DEPENDENCY',
    `engine: the smoke test of the ${backend} backend failed (${why})`,
  );
}
