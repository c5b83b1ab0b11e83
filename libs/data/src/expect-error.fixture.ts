import { LyceumError } from '@lyceum/errors';
import { expect } from 'vitest';

/** The LyceumError that an action ends with; the test fails when it ends well. */
export async function errorOf(action: () => unknown): Promise<LyceumError> {
  try {
    await action();
  } catch (error) {
    expect(error).toBeInstanceOf(LyceumError);
    return error as LyceumError;
  }
  throw new Error('expected an error, but the action ended well');
}
