import { LyceumError, type CodeName } from '@lyceum/errors';
import { waitForReady } from '@lyceum/rpc';
import { describe, expect, it } from 'vitest';
import type { Served } from '../processes/service.js';

/** A call that must be refused. */
export interface BadCall {
  /** What is wrong, to be read after "refuses". */
  readonly title: string;
  /** Does it; what it resolves to does not matter, since it must not resolve. */
  readonly make: () => Promise<unknown>;
  readonly code: CodeName;
  /** Field that the first violation names; absent: the error is about no field. */
  readonly field?: string;
  /** What the message must say. */
  readonly says: RegExp;
}

export interface Subject {
  readonly server: () => Served;
  /** A call that works, before and after every refusal. */
  readonly good: () => Promise<unknown>;
}

/** Every bad call gets a clear status with its field, and the service lives on. */
export function refuses(name: string, { server, good }: Subject, calls: readonly BadCall[]): void {
  describe(name, () => {
    for (const call of calls) it(`refuses ${call.title}`, () => requireRefusal(call));

    async function requireRefusal({ make, code, field, says }: BadCall): Promise<void> {
      const error = await refusalOf(make());
      const found = { code: error.codeName, field: error.violations[0]?.field, message: error.message };
      expect(found).toEqual({ code, field, message: expect.stringMatching(says) as string });
      expect(error.message).not.toContain('\n');
      await waitForReady(server().address, { deadlineMs: 2000 });
      await good();
      expect(server().process.isRunning).toBe(true);
    }
  });
}

/** The error that a call is refused with. */
export async function refusalOf(call: Promise<unknown>): Promise<LyceumError> {
  const accepted = await call.catch((error: unknown) => {
    if (error instanceof LyceumError) return error;
    throw error;
  });
  if (accepted instanceof LyceumError) return accepted;
  throw new Error(`nothing was refused; the answer was ${JSON.stringify(accepted)?.slice(0, 300)}`);
}
