import type sharpModule from 'sharp';
import { corruptFile } from '../corrupt-file.js';
import type { Shape } from '../data-set.js';

const remedy = 'replace it by an intact copy, or remove it';
const concurrency = 4;

/** What an image's header says. */
export interface ImageFacts {
  readonly path: string;
  readonly height: number;
  readonly width: number;
  readonly isGrey: boolean;
}

/** Loaded only when there are images: it brings a library of its own. */
async function loadSharp(): Promise<typeof sharpModule> {
  return (await import('sharp')).default;
}

/** @throws LyceumError CORRUPT_FILE names the image. */
export async function inspectImages(paths: readonly string[]): Promise<ImageFacts[]> {
  const sharp = await loadSharp();
  return mapSome(paths, async (path) => {
    try {
      const { width, height, autoOrient, space } = await sharp(path).metadata();
      const isGrey = space === 'b-w' || space === 'grey16';
      return { path, height: autoOrient.height ?? height, width: autoOrient.width ?? width, isGrey };
    } catch (error) {
      throw unreadable(path, error);
    }
  });
}

/** Side to which images are resized when nobody says one. */
const defaultPixels = 32;
/** Images of one size up to this side stay as they are. */
const ownSizeLimit = 64;

/**
 * The shape all images will have: squares of `pixels`; without it their own if they agree and are small, else squares of
 * 32; 1 channel if all are grey.
 */
export function commonShape(facts: readonly ImageFacts[], pixels: number | undefined): Shape {
  const channels = facts.every(({ isGrey }) => isGrey) ? 1 : 3;
  if (pixels !== undefined) return [pixels, pixels, channels];
  const [{ height, width }] = facts;
  const agree = facts.every((image) => image.height === height && image.width === width);
  return agree && Math.max(height, width) <= ownSizeLimit
    ? [height, width, channels]
    : [defaultPixels, defaultPixels, channels];
}

/**
 * Decodes images one after another into `target`: turned upright, on black where transparent; the middle square
 * (or the shape's proportion) is resized by Lanczos to the shape.
 * @throws LyceumError CORRUPT_FILE names the image.
 */
export async function decodeImages(
  paths: readonly string[],
  [height, width, channels]: Shape,
  target: Uint8Array,
  onDone: (count: number) => void,
): Promise<void> {
  const sharp = await loadSharp();
  const size = height * width * channels;
  let done = 0;
  await mapSome(paths, async (path, index) => {
    try {
      const pixels = await sharp(path, { failOn: 'truncated' })
        .autoOrient()
        .flatten({ background: '#000' })
        .toColourspace(channels === 1 ? 'b-w' : 'srgb')
        .resize(width, height, { fit: 'cover' })
        .raw({ depth: 'uchar' })
        .toBuffer();
      if (pixels.length !== size) throw new Error(`decodes to ${pixels.length} bytes in place of ${size}`);
      target.set(pixels, index * size);
    } catch (error) {
      throw unreadable(path, error);
    }
    onDone((done += 1));
  });
}

function unreadable(path: string, error: unknown): Error {
  const [line] = (error as Error).message.split('\n');
  return corruptFile(path, `is no intact PNG, JPEG or WebP image (${line})`, remedy, error);
}

/** Maps a few at a time, keeping the order of the results. */
async function mapSome<T, R>(items: readonly T[], map: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array<R>(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next;
      next += 1;
      results[index] = await map(items[index], index);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return results;
}
