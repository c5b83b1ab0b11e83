import type { DataSet } from '../data-set.js';
import { readKnownCifar } from './cifar-set.js';

const classes = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

/** Krizhevsky: Learning multiple layers of features from tiny images, 2009; binary version. */
export const cifar10: DataSet = {
  name: 'cifar-10',
  description: 'CIFAR-10: colour images of animals and vehicles in 10 classes',
  origin: 'a given folder of its binary version or its tar.gz archive, or downloaded (170 MB)',
  shape: [32, 32, 3],
  classes,
  counts: { train: 50000, test: 10000 },
  takesPath: 'may',
  read: (request) =>
    readKnownCifar(
      {
        name: 'cifar-10',
        classes,
        layout: {
          folder: 'cifar-10-batches-bin',
          labelBytes: 1,
          classCount: 10,
          files: { train: [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`), test: ['test_batch.bin'] },
          recordsPerFile: { train: 10000, test: 10000 },
        },
        normalization: { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] },
        archive: {
          name: 'cifar-10-binary.tar.gz',
          bytes: 170052171,
          sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
          urls: [
            'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
            'https://cave.cs.toronto.edu/kriz/cifar-10-binary.tar.gz',
          ],
        },
      },
      request,
    ),
};
