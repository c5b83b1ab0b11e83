import { createHash, randomBytes } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { ArtifactData } from './artifact-store.js';

/** A complete version of an artifact; its file's name is its checksum. */
export interface ObjectFile {
  readonly name: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

const complete = /^([0-9a-f]{64})\.[0-9a-f]{12}$/;
const unfinished = /^tmp\.([^/]*)\.(\d+)\.[0-9a-f]{12}$/;

/** A name no other writer has. */
export function uniqueSuffix(): string {
  return randomBytes(6).toString('hex');
}

/** A name for something unfinished; it tells whose it is, so that others can see whether its writer is dead. */
export function temporaryName(): string {
  return `tmp.${hostname().replaceAll('/', '_')}.${process.pid}.${uniqueSuffix()}`;
}

/** The checksum in the name of a complete object, or undefined. */
export function checksumOf(name: string): string | undefined {
  return complete.exec(name)?.[1];
}

/** Host and process of an unfinished file's writer, or undefined when it is none. */
export function writerOf(name: string): { host: string; pid: number } | undefined {
  const match = unfinished.exec(name);
  return match ? { host: match[1], pid: Number(match[2]) } : undefined;
}

/** Writes a complete, durable object into a folder, or leaves nothing there. */
export async function writeObject(folder: string, data: ArtifactData): Promise<ObjectFile> {
  const temporary = join(folder, temporaryName());
  try {
    const { sha256, sizeBytes } = await writeDurably(temporary, data);
    const name = `${sha256}.${uniqueSuffix()}`;
    await rename(temporary, join(folder, name));
    await syncFolder(folder);
    return { name, sha256, sizeBytes };
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writeDurably(
  path: string,
  data: ArtifactData,
): Promise<{ sha256: string; sizeBytes: number }> {
  const file = await open(path, 'wx', 0o644);
  try {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for await (const part of data instanceof Uint8Array ? [data] : data) {
      hash.update(part);
      await writeAll(file, part);
      sizeBytes += part.byteLength;
    }
    await file.sync();
    return { sha256: hash.digest('hex'), sizeBytes };
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, part: Uint8Array): Promise<void> {
  let done = 0;
  while (done < part.byteLength) done += (await file.write(part, done, part.byteLength - done)).bytesWritten;
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
