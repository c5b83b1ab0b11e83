import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LyceumError } from '@lyceum/errors';
import { runCommand } from '../machine/run-command.js';
import type { Report } from './progress.js';
import type { WheelChoice } from './wheel-choice.js';

/**
 * Has pip fetch one wheel, so that the user's index, proxy and certificate settings hold; pip checks it against the
 * index's hash. A wheel that an interrupted run has left complete in `folder` is taken as it is.
 * @returns the wheel's path.
 * @throws LyceumError UNREACHABLE when pip can't get it.
 */
export async function downloadWheel(
  python: string,
  { requirement, pythonVersion, platforms }: WheelChoice,
  folder: string,
  report: Report,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const kept = await findWheel(folder, requirement);
  if (kept !== undefined) return kept;
  const temporary = await mkdtemp(join(folder, 'pip-'));
  const stopWatching = watchSize(temporary, (bytes) => {
    if (total !== undefined) report('download', requirement, bytes, total);
  });
  let total: number | undefined;
  try {
    const places = platforms.flatMap((platform) => ['--platform', platform]);
    const target = ['--python-version', pythonVersion, '--implementation', 'cp', ...places];
    const kind = [
      '--no-deps',
      '--only-binary=:all:',
      '--no-cache-dir',
      '--no-input',
      '--disable-pip-version-check',
    ];
    const args = [
      '-m',
      'pip',
      'download',
      ...kind,
      ...target,
      '--dest',
      join(temporary, 'wheel'),
      requirement,
    ];
    const result = await runCommand(python, args, {
      // Downloads go where there is room, not into a small /tmp, and lines come at once.
      env: { TMPDIR: temporary, PYTHONUNBUFFERED: '1', PIP_RESUME_RETRIES: '5' },
      onLine: (line) => (total ??= announcedSize(line)),
    });
    const wheel = result.ok ? await findWheel(join(temporary, 'wheel'), requirement) : undefined;
    if (wheel === undefined) throw unreachable(requirement, result.failure);
    const place = join(folder, wheel.slice(join(temporary, 'wheel').length + 1));
    await rename(wheel, place);
    return place;
  } finally {
    stopWatching();
    await rm(temporary, { recursive: true, force: true });
  }
}

async function findWheel(folder: string, requirement: string): Promise<string | undefined> {
  const start = `${requirement.replaceAll('-', '_').replace('==', '-')}-`;
  const names = await readdir(folder).catch(() => []);
  const name = names.find((each) => each.startsWith(start) && each.endsWith('.whl'));
  return name === undefined ? undefined : join(folder, name);
}

/** "Downloading x.whl (230.2 MB)": pip's only word about the size that every version has. */
function announcedSize(line: string): number | undefined {
  const found = /^\s*Downloading .*\((\d+(?:\.\d+)?) ([kMG])B\)/.exec(line);
  return found === null
    ? undefined
    : Number(found[1]) * { k: 1e3, M: 1e6, G: 1e9 }[found[2] as 'k' | 'M' | 'G'];
}

/** Looks twice a second at how much has arrived: the same for every version of pip. */
function watchSize(folder: string, onSize: (bytes: number) => void): () => void {
  const timer = setInterval(() => void sizeOf(folder).then(onSize, () => undefined), 500);
  return () => clearInterval(timer);
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function unreachable(requirement: string, why: string): LyceumError {
  const text = `engine: pip can not fetch ${requirement} (${why}); check pip's index settings with "pip config list"`;
  return new LyceumError('UNREACHABLE', text, { metadata: { requirement } });
}
