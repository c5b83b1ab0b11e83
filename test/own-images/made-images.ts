import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

const classes = {
  circles: '<circle cx="50" cy="50" r="30"/>',
  squares: '<rect x="20" y="20" width="60" height="60"/>',
};
const kinds = ['png', 'jpeg', 'webp'] as const;

/** A folder of images by class as people have them: of several formats and sizes. */
export async function makeFolder(folder: string, perClass: number): Promise<void> {
  for (const [name, shape] of Object.entries(classes)) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let i = 0; i < perClass; i += 1) {
      const [width, kind] = [60 + 7 * (i % 5), kinds[i % kinds.length]];
      const svg = `<svg viewBox="${i % 7} ${i % 11} 100 100" width="${width}" height="60" fill="hsl(${37 * i}, 80%, 60%)">${shape}</svg>`;
      await sharp(Buffer.from(svg))
        .toFormat(kind)
        .toFile(join(folder, name, `image ${i}.${kind}`));
    }
  }
}

/** A photograph, as far as it goes. */
export async function makePhoto(path: string): Promise<void> {
  const noise = { type: 'gaussian', mean: 110, sigma: 70 } as const;
  await sharp({ create: { width: 320, height: 200, channels: 3, background: '#777', noise } })
    .blur(2)
    .jpeg()
    .toFile(path);
}
