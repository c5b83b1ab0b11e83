import { logger } from '@lyceum/telemetry';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
  process.env.LYCEUM_LOG_LEVEL = 'silent';
  launcher = new LocalLauncher({
    logFolder: folder,
    logger: logger('test'),
    onCrash: (name, how) => crashes.push(`${name}: ${how}`),
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

  it('gives up on a process that ends at once, and says why and where its log is', async () => {
    launcher.ensure({ name: 'b', service: 'loss', args: ['--no-such-flag'] });
    await until(() => crashes.length >= 5);
    const file = join(folder, 'b.log');
    expect(() => launcher.ensure(loss('b'))).toThrow(
      `process "b" ended 5 times in a row: loss: cannot start; --no-such-flag: there is no such flag`,
    );
    expect(() => launcher.ensure(loss('b'))).toThrow(`its log is ${file}`);
    expect(readFileSync(join(folder, 'b.log'), 'utf8')).toContain('no-such-flag');
  });
});
