import { invalidField } from '@lyceum/errors';
import type { DataContent, DataSet, ReadRequest, Shape, Split, SplitName } from '../data-set.js';
import { commonShape, decodeImages, inspectImages } from '../formats/decode-images.js';
import { listImages, type LabelledPath } from '../formats/image-tree.js';
import { measureNormalization } from '../measure-normalization.js';
import { allocateSplit } from '../samples.js';

/**
 * Images of one's own; only those that the limits choose are decoded, and the training ones of them are measured. They
 * are resized to `imagePixels`; without it to 32, unless all have one size of up to 64.
 */
export const imageFolder: DataSet = {
  name: 'image-folder',
  description: 'a folder of PNG, JPEG or WebP images, one folder for each class',
  origin:
    'a folder of train/<class>/ and test/<class>/, or of <class>/ (a fifth of each class is then set apart for testing)',
  takesPath: 'must',
  isResizable: true,
  read,
};

async function read(request: ReadRequest): Promise<DataContent> {
  if (request.path === undefined) throw invalidField('path', 'is required');
  const tree = await listImages(request.path);
  const chosen = { train: choose(request, 'train', tree.train), test: choose(request, 'test', tree.test) };
  const paths = [...chosen.train, ...chosen.test].map(({ path }) => path);
  const shape = request.shape ?? commonShape(await inspectImages(paths), request.imagePixels);
  const train = await decode(chosen.train, shape, request, 'train');
  return {
    shape,
    classes: tree.classes,
    normalization: measureNormalization(train.images, shape[2]),
    source: request.path,
    train,
    test: await decode(chosen.test, shape, request, 'test'),
  };
}

function choose(request: ReadRequest, split: SplitName, images: readonly LabelledPath[]): LabelledPath[] {
  const indices = request.choose(
    split,
    images.map(({ label }) => label),
  );
  return Array.from(indices, (index) => images[index]);
}

async function decode(
  images: readonly LabelledPath[],
  shape: Shape,
  { onProgress }: ReadRequest,
  name: SplitName,
): Promise<Split> {
  const split = allocateSplit(images.length, shape[0] * shape[1] * shape[2]);
  images.forEach(({ label }, index) => (split.labels[index] = label));
  const paths = images.map(({ path }) => path);
  await decodeImages(paths, shape, split.images, (done) =>
    onProgress({ step: `decoding ${name} images`, done, total: images.length, unit: 'images' }),
  );
  return split;
}
