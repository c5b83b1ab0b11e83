import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

const packages = ['safetensors==0.6.2', 'numpy>=1.24,<3'];

/**
 * A Python with the format's own implementation, set up once in the user's cache; undefined, and why on standard
 * error, where there is no Python or no package index.
 */
export function providePython(): string | undefined {
  const { LYCEUM_CACHE_DIR: own = '', XDG_CACHE_HOME: shared = '' } = process.env;
  const cache = own !== '' ? own : join(isAbsolute(shared) ? shared : join(homedir(), '.cache'), 'lyceum');
  const folder = join(cache, 'python', packages[0].replace('==', '-'));
  const python = join(folder, 'bin', 'python');
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return python;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  const steps: [string, string[]][] = [
    ['python3', ['-m', 'venv', folder]],
    [python, ['-m', 'pip', 'install', '--quiet', '--only-binary=:all:', ...packages]],
  ];
  for (const [program, args] of steps) {
    const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8', timeout: 100_000 });
    if (status !== 0) {
      console.error(`SKIPPED: no Python with ${packages.join(', ')}: ${error?.message ?? stderr.trim()}`);
      return undefined;
    }
  }
  writeFileSync(complete, '');
  return python;
}

/** Runs a program and reads its standard output as JSON. */
export function runPython(python: string, program: string, args: readonly string[]): unknown {
  const { status, stdout, stderr } = spawnSync(python, ['-c', program, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
