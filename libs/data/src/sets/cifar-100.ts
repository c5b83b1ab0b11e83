import type { DataSet } from '../data-set.js';
import { readKnownCifar } from './cifar-set.js';

const classes =
  `apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel
  can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant
  flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree
  motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy
  porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel
  streetcar sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale
  willow_tree wolf woman worm`.split(/\s+/);

/**
 * Krizhevsky: Learning multiple layers of features from tiny images, 2009; binary version, fine labels. Mean and
 * deviation as the students and teachers of the distillation literature use them.
 */
export const cifar100: DataSet = {
  name: 'cifar-100',
  description: 'CIFAR-100: colour images in 100 classes',
  origin: 'a given folder of its binary version or its tar.gz archive, or downloaded (169 MB)',
  shape: [32, 32, 3],
  classes,
  counts: { train: 50000, test: 10000 },
  takesPath: 'may',
  read: (request) =>
    readKnownCifar(
      {
        name: 'cifar-100',
        classes,
        layout: {
          folder: 'cifar-100-binary',
          labelBytes: 2,
          classCount: 100,
          files: { train: ['train.bin'], test: ['test.bin'] },
          recordsPerFile: { train: 50000, test: 10000 },
        },
        normalization: { mean: [0.5071, 0.4867, 0.4408], std: [0.2675, 0.2565, 0.2761] },
        archive: {
          name: 'cifar-100-binary.tar.gz',
          bytes: 168513733,
          sha256: '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec',
          urls: [
            'https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz',
            'https://cave.cs.toronto.edu/kriz/cifar-100-binary.tar.gz',
          ],
        },
      },
      request,
    ),
};
