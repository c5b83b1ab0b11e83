import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { corruptFile } from '../corrupt-file.js';

/** An IDX file: an array of bytes with its sizes, outermost first. */
export interface IdxArray {
  readonly sizes: readonly number[];
  readonly values: Uint8Array;
}

const unsignedBytes = 0x08;

/**
 * Reads an IDX file, plain or gzip (told by its content). Only the element type "unsigned byte" is known.
 * @throws LyceumError CORRUPT_FILE: damaged gzip, other magic number, too short or too long.
 */
export async function readIdxFile(path: string, remedy: string): Promise<IdxArray> {
  const stored = await readFile(path);
  const isGzip = stored[0] === 0x1f && stored[1] === 0x8b;
  return decodeIdx(isGzip ? await inflate(stored, path, remedy) : stored, path, remedy);
}

async function inflate(stored: Buffer, path: string, remedy: string): Promise<Buffer> {
  try {
    return await promisify(gunzip)(stored, { chunkSize: 1 << 20 });
  } catch (error) {
    throw corruptFile(path, `its gzip is damaged or cut short (${(error as Error).message})`, remedy, error);
  }
}

/** Magic number `00 00 type dimensions`, then each size as a big-endian 32-bit number, then the values. */
export function decodeIdx(bytes: Buffer, path: string, remedy: string): IdxArray {
  const fail = (problem: string) => corruptFile(path, problem, remedy);
  const magic = bytes.subarray(0, 4);
  if (magic.length < 4 || magic[0] !== 0 || magic[1] !== 0) {
    throw fail(`is no IDX file: it starts with ${magic.toString('hex') || 'nothing'} in place of 0000`);
  }
  if (magic[2] !== unsignedBytes)
    throw fail(`its element type is 0x${magic.toString('hex', 2, 3)}, only 0x08 (bytes) is read`);
  const dimensions = magic[3];
  const header = 4 + 4 * dimensions;
  if (bytes.length < header) throw fail(`ends within its header of ${header} bytes`);
  const sizes = Array.from({ length: dimensions }, (_, axis) => bytes.readUInt32BE(4 + 4 * axis));
  const expected = sizes.reduce((product, size) => product * size, 1);
  const found = bytes.length - header;
  if (found !== expected) {
    throw fail(`its header (${sizes.join(' x ')}) promises ${expected} bytes, ${found} follow`);
  }
  return { sizes, values: bytes.subarray(header) };
}
