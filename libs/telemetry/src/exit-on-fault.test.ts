import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** Runs a module that fails at its top level, as the start of a service does. */
function fail(statement: string): { status: number | null; lines: string[] } {
  const script = `
    import { exitOnFault, logger } from '@lyceum/telemetry';
    import { LyceumError } from '@lyceum/errors';
    exitOnFault(logger('test'));
    setInterval(() => undefined, 1000);
    ${statement}`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    cwd: import.meta.dirname,
  });
  return { status, lines: stderr.trim().split('\n') };
}

describe('a process that fails', () => {
  it('says what is wrong in one line, without a stack, and ends', () => {
    const { status, lines } = fail(`throw new LyceumError('PORT_IN_USE', 'address: it is taken');`);
    expect(status).toBe(1);
    expect(lines).toHaveLength(1);
    const line = JSON.parse(lines[0]) as object;
    expect(line).toMatchObject({ level: 'fatal', reason: 'PORT_IN_USE', msg: 'address: it is taken' });
    expect(line).not.toHaveProperty('error');
  });

  it('ends with another code when a second start would fail likewise', () => {
    expect(fail(`throw new LyceumError('CORRUPT_FILE', 'weights: cut off');`).status).toBe(2);
  });

  it('shows the stack of a fault of our own, also of one thrown later', () => {
    const { status, lines } = fail(`setTimeout(() => { throw new TypeError('oops'); }, 1);`);
    expect(status).toBe(1);
    const line = JSON.parse(lines[0]) as { error: { stack: string } };
    expect(line).toMatchObject({ level: 'fatal', reason: 'INTERNAL', msg: 'oops' });
    expect(line.error.stack).toContain('TypeError: oops');
  });
});
