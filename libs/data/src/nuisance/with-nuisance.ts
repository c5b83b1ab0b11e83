import { createRandom } from '@lyceum/random';
import type { DataContent, Shape, Split, SplitName } from '../data-set.js';
import { allocateSplit } from '../samples.js';
import { blurImage } from './blur-image.js';
import type { Nuisance } from './nuisance.js';
import { turnImage } from './turn-image.js';

/** The same samples, changed as the nuisance says, each with its bin as its group. */
export function withNuisance(content: DataContent, nuisance: Nuisance): DataContent {
  const { shape, train, test } = content;
  return {
    ...content,
    train: changed(train, shape, 'train', nuisance),
    test: changed(test, shape, 'test', nuisance),
  };
}

function changed(split: Split, [height, width, channels]: Shape, name: SplitName, nuisance: Nuisance): Split {
  const size = height * width * channels;
  const { labels, images } = split;
  const changedSplit = allocateSplit(split.count, size);
  const groups = binsOf(split.count, name, nuisance);
  changedSplit.labels.set(labels);
  groups.forEach((bin, index) => {
    const part = bin / (nuisance.bins - 1);
    const pixels = images.subarray(index * size, (index + 1) * size);
    const plain = { pixels, height, width, channels };
    const turned = bin === 0 ? pixels : turnImage(plain, nuisance.degrees * part);
    changedSplit.images.set(
      blurImage({ ...plain, pixels: turned }, Math.round(nuisance.blur * part)),
      index * size,
    );
  });
  return { ...changedSplit, groups };
}

/** The bin of each sample of a split. */
function binsOf(count: number, name: SplitName, { bins, share, seed }: Nuisance): Int32Array {
  const groups = new Int32Array(new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT));
  const random = createRandom(seed, 'nuisance', name);
  for (let index = 0; index < count; index += 1) {
    const [isChanged, place] = [random.uniform() < share, random.uniform()];
    groups[index] = isChanged ? 1 + Math.floor(place * (bins - 1)) : 0;
  }
  return groups;
}
