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

/** A picture with something else everywhere, the same each time. */
export async function makePhoto(path: string): Promise<void> {
  const discs = Array.from({ length: 300 }, (_, i) => {
    const [x, y, radius] = [(i * 67) % 320, (i * 41) % 200, 6 + ((i * 13) % 20)];
    return `<circle cx="${x}" cy="${y}" r="${radius}" fill="hsl(${(i * 97) % 360}, 90%, ${20 + ((i * 31) % 60)}%)"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="200">${discs.join('')}</svg>`;
  await sharp(Buffer.from(svg)).flatten({ background: '#777' }).jpeg().toFile(path);
}
