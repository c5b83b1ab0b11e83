import { invalidField } from '@lyceum/errors';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { corruptFile } from '../corrupt-file.js';
import type { SplitName } from '../data-set.js';
import { allocateSplit } from '../samples.js';
import type { Split } from '../data-set.js';
import { checkLabels } from './check-labels.js';

/** How a CIFAR data set is laid out: records of some label bytes (the last one counts) and 3 x 32 x 32 pixels. */
export interface CifarLayout {
  /** Folder inside the published archive. */
  readonly folder: string;
  readonly labelBytes: number;
  readonly classCount: number;
  readonly files: Readonly<Record<SplitName, readonly string[]>>;
  readonly recordsPerFile: Readonly<Record<SplitName, number>>;
}

const planeSize = 32 * 32;
const imageSize = 3 * planeSize;

/** All files that a layout needs. */
export function cifarFiles({ files }: CifarLayout): string[] {
  return [...files.train, ...files.test];
}

export async function hasCifarFiles(folder: string, layout: CifarLayout): Promise<boolean> {
  const names = await readdir(folder).catch((): string[] => []);
  return cifarFiles(layout).every((name) => names.includes(name));
}

/**
 * Reads one split; pixels are turned from planes (CHW) to HWC.
 * @throws LyceumError INVALID_FIELD `path` when a file is missing, CORRUPT_FILE.
 */
export async function readCifarSplit(
  folder: string,
  layout: CifarLayout,
  split: SplitName,
  remedy: string,
  choose: (labels: Uint8Array) => Int32Array,
): Promise<Split> {
  const { labelBytes, classCount } = layout;
  const perFile = layout.recordsPerFile[split];
  const recordSize = labelBytes + imageSize;
  const files: Buffer[] = [];
  const labels = new Uint8Array(perFile * layout.files[split].length);
  for (const [position, name] of layout.files[split].entries()) {
    const path = join(folder, name);
    const bytes = await readFile(path).catch(() => {
      throw invalidField(
        'path',
        `"${folder}" has no file ${name}; it must hold ${cifarFiles(layout).join(', ')}`,
      );
    });
    if (bytes.length !== perFile * recordSize) {
      const expected = `${perFile * recordSize} bytes (${perFile} records)`;
      throw corruptFile(path, `has ${bytes.length} bytes in place of ${expected}`, remedy);
    }
    const own = labels.subarray(position * perFile, (position + 1) * perFile);
    for (let i = 0; i < perFile; i += 1) own[i] = bytes[i * recordSize + labelBytes - 1];
    checkLabels(own, classCount, path, remedy);
    files.push(bytes);
  }
  const chosen = choose(labels);
  const content = allocateSplit(chosen.length, imageSize);
  chosen.forEach((index, position) => {
    const start = (index % perFile) * recordSize + labelBytes;
    interleave(files[Math.floor(index / perFile)], start, content.images, position * imageSize);
    content.labels[position] = labels[index];
  });
  return content;
}

function interleave(from: Uint8Array, start: number, to: Uint8Array, target: number): void {
  for (let pixel = 0; pixel < planeSize; pixel += 1) {
    to[target + 3 * pixel] = from[start + pixel];
    to[target + 3 * pixel + 1] = from[start + planeSize + pixel];
    to[target + 3 * pixel + 2] = from[start + 2 * planeSize + pixel];
  }
}
