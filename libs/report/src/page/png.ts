import type { Shape } from '@lyceum/data';
import sharp from 'sharp';

/** Encodes one image, `pixels: [H, W, C]` of 0 ... 255 with 1 or 3 channels, as a PNG in a data URI. */
export async function pngUri(pixels: Uint8Array, [height, width, channels]: Shape): Promise<string> {
  const raw = { height, width, channels: channels === 1 ? (1 as const) : (3 as const) };
  const png = await sharp(pixels, { raw }).png({ compressionLevel: 9, palette: false }).toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}
