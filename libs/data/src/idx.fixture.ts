import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Bytes of an IDX file. */
export function encodeIdx(sizes: readonly number[], values: Uint8Array, type = 0x08): Buffer {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header[2] = type;
  header[3] = sizes.length;
  sizes.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis));
  return Buffer.concat([header, values]);
}

export interface IdxFolderOptions {
  readonly prefix?: string;
  readonly isGzip?: boolean;
  readonly trainLabels?: readonly number[];
  readonly testLabels?: readonly number[];
  readonly side?: number;
}

/** Writes the four files; pixel p of sample i is (i + p) mod 256. */
export async function writeIdxFolder(folder: string, options: IdxFolderOptions = {}): Promise<string> {
  const { prefix = '', isGzip = true, trainLabels = [0, 1, 2, 0], testLabels = [2, 1], side = 3 } = options;
  await mkdir(folder, { recursive: true });
  for (const [name, labels] of [
    ['train', trainLabels],
    ['t10k', testLabels],
  ] as const) {
    const size = side * side;
    const pixels = Uint8Array.from(
      { length: labels.length * size },
      (_, at) => Math.floor(at / size) + (at % size),
    );
    const files = {
      'images-idx3-ubyte': encodeIdx([labels.length, side, side], pixels),
      'labels-idx1-ubyte': encodeIdx([labels.length], Uint8Array.from(labels)),
    };
    for (const [suffix, bytes] of Object.entries(files)) {
      const path = join(folder, `${prefix}${name}-${suffix}${isGzip ? '.gz' : ''}`);
      await writeFile(path, isGzip ? gzipSync(bytes) : bytes);
    }
  }
  return folder;
}
