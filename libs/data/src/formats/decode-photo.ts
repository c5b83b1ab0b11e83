import type { HostImage } from '@lyceum/image';
import { corruptFile } from '../corrupt-file.js';

/** Larger photographs are shrunk: they would take hundreds of megabytes, and patches are far smaller. */
const longestShorterSide = 1536;

/**
 * Decodes a photograph: turned upright, on black where transparent, grey for one channel, values in 0 ... 1. One whose
 * shorter side is above 1536 pixels is shrunk to that.
 * @throws LyceumError CORRUPT_FILE
 */
export async function decodePhoto(path: string, file: Uint8Array, channels: number): Promise<HostImage> {
  const sharp = (await import('sharp')).default;
  try {
    const { data, info } = await sharp(file, { failOn: 'truncated' })
      .autoOrient()
      .flatten({ background: '#000' })
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .resize(longestShorterSide, longestShorterSide, { fit: 'outside', withoutEnlargement: true })
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== channels) throw new Error(`decodes to ${info.channels} channels`);
    return {
      height: info.height,
      width: info.width,
      channels,
      data: Float64Array.from(data, (value) => value / 255),
    };
  } catch (error) {
    const [line] = (error as Error).message.split('\n');
    throw corruptFile(
      path,
      `is no intact PNG, JPEG or WebP image (${line})`,
      'give another photograph',
      error,
    );
  }
}
