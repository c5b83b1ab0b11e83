import { execFile } from 'node:child_process';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { OnProgress } from '../data-set.js';
import type { Fetcher } from './provide-folder.js';

const updateMs = 180_000;
const downloadMs = 600_000;
const unpackMs = 120_000;

/** Short waits, so that a machine without a network goes on soon. Nothing of the system's state is touched. */
const patience = [
  '-q',
  '-o',
  'Acquire::Retries=1',
  '-o',
  'Acquire::http::Timeout=5',
  '-o',
  'Acquire::https::Timeout=5',
];

/**
 * Fetches a Debian package through apt, with the machine's own mirrors, proxies and signatures, and takes files out
 * of it; needs `apt-get` and `dpkg-deb`, not root. Package lists that are missing are fetched to a folder of ours.
 */
export function debianPackage(name: string, packageFolder: string, files: readonly string[]): Fetcher {
  return {
    label: `Debian package ${name}`,
    async fetch(folder, onProgress) {
      const work = join(folder, 'debian');
      await rm(work, { recursive: true, force: true });
      await mkdir(work, { recursive: true });
      const archive = await download(name, work, onProgress);
      onProgress({ step: `unpacking ${archive}`, done: 0, unit: 'bytes' });
      await run('dpkg-deb', ['-x', archive, 'unpacked'], work, unpackMs);
      for (const file of files) await rename(join(work, 'unpacked', packageFolder, file), join(folder, file));
      await rm(work, { recursive: true, force: true });
    },
  };
}

/** With the system's package lists, or with fresh ones where these are missing or out of date. */
async function download(name: string, work: string, onProgress: OnProgress): Promise<string> {
  try {
    return await downloadWith(patience, name, work, onProgress);
  } catch (error) {
    if (isMissing(error)) throw error;
    return downloadWith(await privateLists(work, onProgress), name, work, onProgress);
  }
}

async function downloadWith(options: readonly string[], name: string, work: string, onProgress: OnProgress) {
  const { file, bytes } = await locate(name, work, options);
  const step = `fetching Debian package ${name}`;
  const report = (done: number) => onProgress({ step, done, total: bytes, unit: 'bytes' });
  report(0);
  const watch = setInterval(() => {
    void stat(join(work, file)).then(
      ({ size }) => report(size),
      () => {},
    );
  }, 300);
  try {
    await run('apt-get', [...options, 'download', name], work, downloadMs);
  } finally {
    clearInterval(watch);
  }
  return file;
}

/** Asks apt what it would fetch: `'address' file bytes hash`. */
async function locate(
  name: string,
  work: string,
  options: readonly string[],
): Promise<{ file: string; bytes: number }> {
  const { stdout } = await run('apt-get', [...options, 'download', '--print-uris', name], work, updateMs);
  const [, file, bytes] = /^'\S+' (\S+) (\d+)/m.exec(stdout) ?? [];
  if (file === undefined) throw new Error(`apt-get does not know the package ${name}`);
  return { file, bytes: Number(bytes) };
}

/** Clears the hooks of the system's configuration: they are not ours to run. */
const hooklessConfiguration = ['Update::Pre-Invoke', 'Update::Post-Invoke', 'Update::Post-Invoke-Success']
  .map((hook) => `#clear APT::${hook};\n`)
  .join('');

/** Fetches package lists into the work folder; returns the options that make apt use them. */
async function privateLists(work: string, onProgress: OnProgress): Promise<string[]> {
  const [lists, cache, configuration] = ['lists', 'cache', 'apt.conf'].map((name) => join(work, name));
  await mkdir(join(lists, 'partial'), { recursive: true });
  await mkdir(join(cache, 'archives', 'partial'), { recursive: true });
  await writeFile(configuration, hooklessConfiguration);
  const options = [
    ...patience,
    ...['-c', configuration, '-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${cache}`],
    // For root, apt would fetch as the user _apt, who may not reach a folder in root's home.
    ...['-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Languages=none'],
  ];
  onProgress({ step: 'fetching package lists', done: 0, unit: 'bytes' });
  await run('apt-get', [...options, 'update'], work, updateMs);
  return options;
}

async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  timeout: number,
): Promise<{ stdout: string }> {
  const env = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  try {
    return await promisify(execFile)(command, args, { cwd, env, timeout, maxBuffer: 16 << 20 });
  } catch (error) {
    const { code, killed, stderr } = error as { code?: unknown; killed?: boolean; stderr?: string };
    if (code === 'ENOENT') throw new Error(`${command} ${notInstalled}`, { cause: error });
    if (killed === true) throw new Error(`${command} took longer than ${timeout / 1000} s`, { cause: error });
    const line =
      stderr?.split('\n').find((text) => text.startsWith('E:')) ?? stderr?.trim().split('\n').at(-1);
    throw new Error(`${command} failed: ${line || 'without a message'}`, { cause: error });
  }
}

const notInstalled = 'is not installed on this machine';

function isMissing(error: unknown): boolean {
  return error instanceof Error && error.message.endsWith(notInstalled);
}
