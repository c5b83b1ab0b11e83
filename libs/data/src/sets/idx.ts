import { invalidField } from '@lyceum/errors';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { corruptFile } from '../corrupt-file.js';
import type { DataContent, DataSet, ReadRequest, SplitName } from '../data-set.js';
import { checkLabels } from '../formats/check-labels.js';
import { readIdxSplit, type IdxSplit } from '../formats/idx-folder.js';
import { measureNormalization } from '../measure-normalization.js';
import { gatherSamples } from '../samples.js';

const remedy = 'replace it by an intact copy';

/** Files of one's own in the IDX format; normalised by what the whole training split measures. */
export const idx: DataSet = {
  name: 'idx',
  description: 'images and labels in the IDX format of MNIST, such as EMNIST or KMNIST',
  origin:
    'a folder of train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, plain or .gz, with any prefix; classes.txt may name the classes, one a line',
  takesPath: 'must',
  read,
};

async function read(request: ReadRequest): Promise<DataContent> {
  const folder = request.path;
  if (folder === undefined) throw invalidField('path', 'is required');
  const splits = {
    train: await readIdxSplit(folder, 'train', remedy),
    test: await readIdxSplit(folder, 'test', remedy),
  };
  const { shape } = splits.train;
  if (splits.test.shape.join() !== shape.join()) {
    const problem = `belongs to images of ${splits.test.shape.join(' x ')}, those for training are ${shape.join(' x ')}`;
    throw corruptFile(splits.test.labelPath, problem, remedy);
  }
  const classes = (await namedClasses(folder)) ?? numberedClasses([splits.train, splits.test]);
  const gather = (name: SplitName) => {
    const { images, labels, labelPath } = splits[name];
    checkLabels(labels, classes.length, labelPath, remedy);
    return gatherSamples(images, labels, shape[0] * shape[1] * shape[2], request.choose(name, labels));
  };
  return {
    shape,
    classes,
    normalization: measureNormalization(splits.train.images, shape[2]),
    source: folder,
    train: gather('train'),
    test: gather('test'),
  };
}

async function namedClasses(folder: string): Promise<string[] | undefined> {
  const text = await readFile(join(folder, 'classes.txt'), 'utf8').catch(() => undefined);
  return text
    ?.split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function numberedClasses(splits: readonly IdxSplit[]): string[] {
  const highest = splits.reduce((most, { labels }) => labels.reduce((a, b) => Math.max(a, b), most), 0);
  return Array.from({ length: highest + 1 }, (_, label) => String(label));
}
