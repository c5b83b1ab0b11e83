import { logger } from '@lyceum/telemetry';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalLauncher } from './local-launcher.js';

let folder: string;
let crashes: string[];
let launcher: LocalLauncher;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lyceum-launcher-'));
  crashes = [];
  process.env.LYCEUM_LOG_LEVEL = 'fatal';
  launcher = new LocalLauncher({
    logFolder: folder,
    logger: logger('test'),
    onCrash: (name, how, isGivenUp) => crashes.push(`${name}: ${how}${isGivenUp ? ', given up' : ''}`),
  });
});

afterEach(async () => {
  await launcher.stopAll();
  rmSync(folder, { recursive: true });
});

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
};

const loss = (name: string) => ({
  name,
  service: 'loss' as const,
  args: ['--address', `unix:${join(folder, name)}.sock`],
});

describe('local launcher', () => {
  it('starts a process once, starts it again when it is killed, and ends it when told', async () => {
    launcher.ensure(loss('a'));
    launcher.ensure(loss('a'));
    expect(launcher.names()).toEqual(['a']);
    const first = launcher.pidOf('a');
    process.kill(first ?? 0, 'SIGKILL');
    await until(() => launcher.pidOf('a') !== undefined && launcher.pidOf('a') !== first);
    expect(crashes).toEqual(['a: signal SIGKILL']);
    const second = launcher.pidOf('a') ?? 0;
    await launcher.stop('a');
    expect(() => process.kill(second, 0)).toThrow('ESRCH');
    expect(launcher.has('a')).toBe(false);
  });

  it('gives up at once on a process that was given something wrong, and says why and where its log is', async () => {
    launcher.ensure({ name: 'b', service: 'loss', args: ['--no-such-flag'] });
    await until(() => crashes.length > 0);
    expect(crashes).toEqual(['b: exit code 2, given up']);
    const file = join(folder, 'b.log');
    const refused = () => launcher.ensure(loss('b'));
    expect(refused).toThrow(
      /"b" cannot start: loss: cannot start; --no-such-flag: there is no such flag.*b\.log$/,
    );
    expect(readFileSync(file, 'utf8')).toContain('no-such-flag');
    // Whoever asks again, knowing that, gets another try.
    refused();
    expect(launcher.pidOf('b')).toBeGreaterThan(0);
  });

  it('gives up on a process that ends again and again', async () => {
    const other = createServer().listen(join(folder, 'c.sock'));
    launcher.ensure(loss('c'));
    await until(() => crashes.length >= 5);
    expect(crashes.at(-1)).toBe('c: exit code 1, given up');
    expect(() => launcher.ensure(loss('c'))).toThrow(
      /"c" ended 5 times in a row: cannot listen on .*c\.sock: another process/,
    );
    other.close();
  });
});
