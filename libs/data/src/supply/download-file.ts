import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { OnProgress } from '../data-set.js';

/** A published file. */
export interface RemoteFile {
  readonly name: string;
  readonly bytes: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  /** Where it is published, best first. */
  readonly urls: readonly string[];
}

export interface DownloadLimits {
  /** Longest wait for a server's first answer. */
  readonly answerMs: number;
  /** Longest pause within a transfer. */
  readonly idleMs: number;
}

const defaultLimits: DownloadLimits = { answerMs: 5000, idleMs: 15_000 };

/**
 * Downloads a file to `path`, which appears only once its checksum is right. A transfer that broke goes on where it
 * stopped, also in a later process. Throws with what each address answered.
 */
export async function downloadFile(
  file: RemoteFile,
  path: string,
  onProgress: OnProgress,
  limits: DownloadLimits = defaultLimits,
): Promise<void> {
  if (await isIntact(file, path)) return;
  const failures: string[] = [];
  for (const url of file.urls) {
    try {
      await fetchFrom(url, file, `${path}.part`, onProgress, limits);
      await rename(`${path}.part`, path);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
      failures.push(`${url} ${explain(error)}`);
    }
  }
  throw new Error(failures.join(', '));
}

async function fetchFrom(
  url: string,
  file: RemoteFile,
  part: string,
  onProgress: OnProgress,
  limits: DownloadLimits,
) {
  // A transfer may break any number of times, as long as each attempt brings something.
  for (let before = -1; ;) {
    const size = await sizeOf(part);
    if (size === file.bytes) break;
    if (size > file.bytes) await rm(part);
    try {
      await transfer(url, file, part, onProgress, limits);
    } catch (error) {
      const after = await sizeOf(part);
      if (after <= before || after === 0) throw error;
      before = after;
    }
  }
  if (await isIntact(file, part)) return;
  await rm(part, { force: true });
  throw new Error('sent other content than published (its checksum differs)');
}

async function transfer(
  url: string,
  file: RemoteFile,
  part: string,
  onProgress: OnProgress,
  limits: DownloadLimits,
) {
  const abort = new AbortController();
  let timer = setTimeout(
    () => abort.abort(new Error(`did not answer within ${limits.answerMs} ms`)),
    limits.answerMs,
  );
  const keepAlive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => abort.abort(new Error(`sent nothing for ${limits.idleMs} ms`)), limits.idleMs);
  };
  let handle: FileHandle | undefined;
  try {
    const offset = await sizeOf(part);
    const headers = { 'accept-encoding': 'identity', ...(offset > 0 ? { range: `bytes=${offset}-` } : {}) };
    const response = await fetch(url, { headers, signal: abort.signal });
    if (!response.ok || response.body === null) throw new Error(`answered HTTP ${response.status}`);
    const isResumed = response.status === 206;
    let done = isResumed ? offset : 0;
    handle = await open(part, isResumed ? 'a' : 'w');
    const step = `fetching ${file.name} from ${new URL(url).host}`;
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      keepAlive();
      done += chunk.length;
      if (done > file.bytes) throw new Error(`sent more than the ${file.bytes} bytes published`);
      await handle.write(chunk);
      onProgress({ step, done, total: file.bytes, unit: 'bytes' });
    }
    if (done < file.bytes) throw new Error(`broke off after ${done} of ${file.bytes} bytes`);
  } finally {
    clearTimeout(timer);
    abort.abort();
    await handle?.close();
  }
}

async function isIntact(file: RemoteFile, path: string): Promise<boolean> {
  if ((await sizeOf(path)) !== file.bytes) return false;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex') === file.sha256;
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

function explain(error: unknown): string {
  const { message, cause } = error as Error;
  if (cause === undefined) return message;
  const { code, message: reason } = cause as NodeJS.ErrnoException;
  return `cannot be reached (${code ?? reason})`;
}
