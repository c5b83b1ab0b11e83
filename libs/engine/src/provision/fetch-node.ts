import { access, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LyceumError } from '@lyceum/errors';
import { cacheFolder } from '../machine/cache-folder.js';
import { runCommand } from '../machine/run-command.js';
import { CacheEntry } from './cache-entry.js';

/**
 * The executable of another Node, for runs of the same program on several: the npm package `node-<platform>-<arch>`,
 * fetched once into the cache.
 * @param major for instance 22; its newest release at the time of the first fetch.
 * @throws LyceumError UNREACHABLE when npm does not have it for this platform, or can't be reached.
 */
export async function fetchNode(major: number): Promise<string> {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const entry = new CacheEntry(join(cacheFolder(), 'node', `${name}-${major}`));
  const executable = join(entry.folder, 'bin', 'node');
  if (await isThere(executable)) return executable;
  await entry.locked(
    async () => {
      if (await isThere(executable)) return;
      await entry.create({ source: 'npm', brings: `${name}@${major}` }, (folder) =>
        install(`${name}@${major}`, folder),
      );
    },
    () => undefined,
  );
  return executable;
}

async function install(specifier: string, folder: string): Promise<void> {
  const temporary = await mkdtemp(`${folder}-`);
  try {
    const flags = ['--ignore-scripts', '--no-save', '--no-package-lock', '--no-audit', '--no-fund'];
    const result = await runCommand('npm', ['install', ...flags, '--prefix', temporary, specifier]);
    if (!result.ok)
      throw new LyceumError('UNREACHABLE', `node: npm can not fetch ${specifier} (${result.failure})`);
    const found = join(temporary, 'node_modules', specifier.split('@')[0]);
    await rename(join(found, 'bin'), join(folder, 'bin'));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
