import { invalidField } from '@lyceum/errors';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { corruptFile } from '../corrupt-file.js';
import type { Shape, SplitName } from '../data-set.js';
import { readIdxFile } from './idx-file.js';

/** One split of an IDX folder, whole. */
export interface IdxSplit {
  readonly shape: Shape;
  /** `[N, H, W, C]`. */
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  readonly labelPath: string;
}

type Part = 'images' | 'labels';

/** The four files by their published names; a prefix (`emnist-letters-`), `.` for `-` and a missing `.gz` are fine. */
const patterns: Readonly<Record<SplitName, Readonly<Record<Part, RegExp>>>> = {
  train: {
    images: /^(.*[-_])?train[-_.]images[-_.]idx[34][-_.]ubyte(\.gz)?$/,
    labels: /^(.*[-_])?train[-_.]labels[-_.]idx1[-_.]ubyte(\.gz)?$/,
  },
  test: {
    images: /^(.*[-_])?(t10k|test)[-_.]images[-_.]idx[34][-_.]ubyte(\.gz)?$/,
    labels: /^(.*[-_])?(t10k|test)[-_.]labels[-_.]idx1[-_.]ubyte(\.gz)?$/,
  },
};

/** Whether a folder has all four files. */
export async function hasIdxFiles(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  return Object.values(patterns)
    .flatMap((parts) => Object.values(parts))
    .every((pattern) => names.some((name) => pattern.test(name)));
}

/**
 * Reads one split.
 * @throws LyceumError INVALID_FIELD `path` when the folder or a file is missing, CORRUPT_FILE.
 */
export async function readIdxSplit(folder: string, split: SplitName, remedy: string): Promise<IdxSplit> {
  const names = await readdir(folder).catch(() => {
    throw invalidField('path', `there is no folder "${folder}"`);
  });
  const imagePath = join(folder, theOne(names, split, 'images', folder));
  const labelPath = join(folder, theOne(names, split, 'labels', folder));
  const images = await readIdxFile(imagePath, remedy);
  const labels = await readIdxFile(labelPath, remedy);
  if (images.sizes.length < 3 || images.sizes.length > 4 || images.sizes.includes(0)) {
    throw corruptFile(
      imagePath,
      `holds ${images.sizes.join(' x ')} in place of count x height x width`,
      remedy,
    );
  }
  if (labels.sizes.length !== 1) {
    throw corruptFile(
      labelPath,
      `holds ${labels.sizes.join(' x ')} in place of one label for each image`,
      remedy,
    );
  }
  const [count, height, width, channels = 1] = images.sizes;
  if (labels.sizes[0] !== count) {
    throw corruptFile(
      labelPath,
      `holds ${labels.sizes[0]} labels for the ${count} images of ${imagePath}`,
      remedy,
    );
  }
  return { shape: [height, width, channels], images: images.values, labels: labels.values, labelPath };
}

function theOne(names: readonly string[], split: SplitName, part: Part, folder: string): string {
  const found = names.filter((name) => patterns[split][part].test(name)).sort();
  // The same file with and without .gz counts once.
  const distinct = new Set(found.map((name) => name.replace(/\.gz$/, '')));
  if (distinct.size === 1) return found[0];
  const standard = `${split === 'train' ? 'train' : 't10k'}-${part}-idx${part === 'images' ? 3 : 1}-ubyte(.gz)`;
  if (distinct.size === 0)
    throw invalidField('path', `"${folder}" has no file ${standard}; it must hold all four IDX files`);
  throw invalidField(
    'path',
    `"${folder}" has several files like ${standard}: ${found.join(', ')}; keep one set to a folder`,
  );
}
