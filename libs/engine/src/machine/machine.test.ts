import { availableParallelism, homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheFolder } from './cache-folder.js';
import { processorCount } from './processor-count.js';
import { runCommand } from './run-command.js';

describe('the processors a process may use', () => {
  const all = availableParallelism();
  const withFiles = (files: Record<string, string>) => processorCount((path) => files[path]);

  it('are all of the machine without a quota', () => {
    expect(withFiles({})).toBe(all);
    expect(withFiles({ '/sys/fs/cgroup/cpu.max': 'max 100000' })).toBe(all);
    expect(
      withFiles({
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1',
        '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000',
      }),
    ).toBe(all);
  });

  it('are no more than a container may use, a part of one counting as one', () => {
    expect(withFiles({ '/sys/fs/cgroup/cpu.max': '50000 100000' })).toBe(1);
    expect(withFiles({ '/sys/fs/cgroup/cpu.max': '150000 100000' })).toBe(Math.min(2, all));
    const old = {
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '100000',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000',
    };
    expect(withFiles(old)).toBe(1);
  });

  it('are counted on this machine too', () => {
    expect(processorCount()).toBeGreaterThanOrEqual(1);
    expect(processorCount()).toBeLessThanOrEqual(all);
  });
});

describe('the cache folder', () => {
  it('is the own variable, then the shared one, then the home folder', () => {
    expect(cacheFolder({ LYCEUM_CACHE_DIR: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a');
    expect(cacheFolder({ LYCEUM_CACHE_DIR: '', XDG_CACHE_HOME: '/b' })).toBe('/b/lyceum');
    expect(cacheFolder({ XDG_CACHE_HOME: 'relative' })).toBe(join(homedir(), '.cache', 'lyceum'));
    expect(cacheFolder({})).toBe(join(homedir(), '.cache', 'lyceum'));
  });
});

describe('a command', () => {
  const node = (script: string, options = {}) => runCommand(process.execPath, ['-e', script], options);

  it('gives its output, and each line as it comes', async () => {
    const lines: string[] = [];
    const result = await node('console.log("a\\nb"); console.error("c")', {
      onLine: (line: string) => lines.push(line),
    });
    expect(result).toMatchObject({ ok: true, stdout: 'a\nb\n', failure: '' });
    expect(lines.sort()).toEqual(['a', 'b', 'c']);
  });

  it('that fails gives the line that says why', async () => {
    const { ok, failure } = await node(
      'console.error("x.cc:1: error: no such thing"); console.error("bye"); process.exit(3)',
    );
    expect(ok).toBe(false);
    expect(failure).toContain('ended with code 3: x.cc:1: error: no such thing');
  });

  it('that is not installed or takes too long is a failure in words', async () => {
    expect((await runCommand('lyceum-has-no-such-command', [])).failure).toContain('ENOENT');
    expect((await node('setTimeout(() => 0, 60000)', { timeoutMs: 100 })).failure).toContain(
      'was ended by SIGKILL',
    );
  });
});
