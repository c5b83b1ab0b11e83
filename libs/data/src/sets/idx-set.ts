import type { DataContent, Normalization, ReadRequest, Shape, SplitName } from '../data-set.js';
import { checkLabels } from '../formats/check-labels.js';
import { readIdxSplit } from '../formats/idx-folder.js';
import { gatherSamples } from '../samples.js';
import type { RemoteFile } from '../supply/download-file.js';
import { provideFolder, type Supply } from '../supply/provide-folder.js';
import { corruptFile } from '../corrupt-file.js';

/** What a set published as four IDX files always is. */
export interface KnownIdx {
  readonly shape: Shape;
  readonly classes: readonly string[];
  readonly normalization: Normalization;
  readonly supply: Supply;
}

/** The published names of the four files. */
export const idxFileNames = [
  'train-images-idx3-ubyte.gz',
  'train-labels-idx1-ubyte.gz',
  't10k-images-idx3-ubyte.gz',
  't10k-labels-idx1-ubyte.gz',
] as const;

/** Four published files on several mirrors; `bytes` and `sha256` in the order of `idxFileNames`. */
export function idxRemoteFiles(
  mirrors: readonly string[],
  published: readonly { readonly bytes: number; readonly sha256: string }[],
): RemoteFile[] {
  return published.map((facts, i) => ({
    ...facts,
    name: idxFileNames[i],
    urls: mirrors.map((mirror) => `${mirror}${idxFileNames[i]}`),
  }));
}

/** Reads a known set from wherever its supply finds it. */
export async function readKnownIdx(known: KnownIdx, request: ReadRequest): Promise<DataContent> {
  const { shape, classes, normalization, supply } = known;
  const provided = await provideFolder(supply, request.path, request.cacheFolder, request.onProgress);
  const split = async (name: SplitName) => {
    const found = await readIdxSplit(provided.folder, name, provided.remedy);
    checkLabels(found.labels, classes.length, found.labelPath, provided.remedy);
    if (found.shape.join() !== shape.join()) {
      const problem = `belongs to images of ${found.shape.join(' x ')} in place of ${shape.join(' x ')}`;
      throw corruptFile(found.labelPath, problem, `use the data set "idx" for files of your own`);
    }
    const sampleSize = shape[0] * shape[1] * shape[2];
    return gatherSamples(found.images, found.labels, sampleSize, request.choose(name, found.labels));
  };
  return {
    shape,
    classes,
    normalization,
    source: provided.source,
    train: await split('train'),
    test: await split('test'),
  };
}
