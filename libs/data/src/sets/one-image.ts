import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { HostImage } from '@lyceum/image';
import { invalidField } from '@lyceum/errors';
import type { DataContent, DataSet, ReadRequest, Shape } from '../data-set.js';
import { decodePhoto } from '../formats/decode-photo.js';
import { keptBytes } from '../supply/kept-bytes.js';
import { imageCount, imagesAlone, seedOf } from './images-alone.js';
import { madePicture, madePictureName } from './made-picture.js';
import { makePatch } from './make-patch.js';

const defaultShape: Shape = [32, 32, 3];
/** Part of the kept files' names: raise it when patches of the same picture become others. */
const version = 1;
/** So often others get their turn: the lock of the kept file is renewed, progress is told. */
const patchesAtOnce = 100;

/**
 * Patches of one picture (Asano, Saeed: Extrapolating from a Single Image to a Thousand Classes using Distillation, ICLR
 * 2023, arXiv 2112.00725, stage A). They are made once for each picture, count, size and seed, and kept with what is
 * fetched; the authors store them as JPEG, here they stay as they are.
 */
export const oneImage: DataSet = {
  name: 'one-image',
  description: 'patches of one photograph to train from, without classes',
  origin:
    'a given PNG, JPEG or WebP file, else a made-up picture of fine marble; trainLimit gives the count (default 20000)',
  takesPath: 'may',
  hasImagesAlone: true,
  variant: 'SEED, for instance one-image:7; default 0',
  read,
};

async function read(request: ReadRequest): Promise<DataContent> {
  const shape = request.shape ?? defaultShape;
  const seed = seedOf(request, 'one-image');
  const count = imageCount(request, shape);
  const content = imagesAlone(shape, count, request.path ?? madePictureName);
  const file = request.path === undefined ? undefined : await photoAt(request.path);
  const picture = file === undefined ? madePictureName : createHash('sha256').update(file).digest('hex');
  const made = await keptBytes({
    folder: `${request.cacheFolder}/one-image`,
    name: JSON.stringify({ picture, shape, count, seed, version }),
    size: content.train.images.length,
    make: async (bytes) => {
      const decoded =
        file === undefined ? madePicture(shape[2]) : await decodePhoto(request.path ?? '', file, shape[2]);
      await fillPatches(bytes, decoded, shape, seed, request);
    },
  });
  content.train.images.set(made);
  return content;
}

async function photoAt(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw invalidField('path', `cannot read the photograph "${path}": ${(error as Error).message}`);
  });
}

async function fillPatches(
  bytes: Uint8Array,
  picture: HostImage,
  shape: Shape,
  seed: number,
  { onProgress }: ReadRequest,
): Promise<void> {
  const size = shape[0] * shape[1] * shape[2];
  const total = bytes.length / size;
  for (let index = 0; index < total; index += 1) {
    const patch = makePatch(picture, shape, seed, index);
    for (let i = 0; i < size; i += 1) bytes[index * size + i] = Math.round(255 * patch[i]);
    if (index % patchesAtOnce !== 0) continue;
    onProgress({ step: 'making patches of one image', done: index, total, unit: 'images' });
    await new Promise((resolve) => setImmediate(resolve));
  }
}
