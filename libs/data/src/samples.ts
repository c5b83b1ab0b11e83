import type { Split } from './data-set.js';

/** An empty split in shared memory, to be filled. */
export function allocateSplit(count: number, sampleSize: number): Split {
  return {
    count,
    images: new Uint8Array(new SharedArrayBuffer(count * sampleSize)),
    labels: new Int32Array(new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT)),
  };
}

/** Copies the chosen samples into a split of their own. */
export function gatherSamples(
  images: Uint8Array,
  labels: ArrayLike<number>,
  sampleSize: number,
  chosen: Int32Array,
): Split {
  const split = allocateSplit(chosen.length, sampleSize);
  chosen.forEach((index, position) => {
    split.images.set(images.subarray(index * sampleSize, (index + 1) * sampleSize), position * sampleSize);
    split.labels[position] = labels[index];
  });
  return split;
}
