import type { DataSet } from '../data-set.js';
import { hasIdxFiles } from '../formats/idx-folder.js';
import { debianPackage } from '../supply/debian-package.js';
import { downloadFiles } from '../supply/download-fetcher.js';
import type { Supply } from '../supply/provide-folder.js';
import { idxFileNames, idxRemoteFiles, readKnownIdx } from './idx-set.js';

const packageFolder = '/usr/share/datasets/fashion-mnist';

const mirrors = [
  'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
  'https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/',
  'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
];

const published = [
  { bytes: 26421880, sha256: '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84' },
  { bytes: 29515, sha256: 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845' },
  { bytes: 4422102, sha256: '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073' },
  { bytes: 5148, sha256: '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5' },
];

const shape = [28, 28, 1] as const;

const classes = [
  ...['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat'],
  ...['Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
];

const supply: Supply = {
  name: 'fashion-mnist',
  files: idxFileNames,
  isComplete: hasIdxFiles,
  systemFolders: [packageFolder],
  fetchers: [
    downloadFiles(idxRemoteFiles(mirrors, published)),
    debianPackage('dataset-fashion-mnist', packageFolder, idxFileNames),
  ],
};

/** Xiao, Rasul and Vollgraf: Fashion-MNIST, arXiv:1708.07747. Mean and deviation are those of its training images. */
export const fashionMnist: DataSet = {
  name: 'fashion-mnist',
  description: 'Fashion-MNIST: grey images of clothing in 10 classes',
  origin: 'a given folder of its IDX files, the package dataset-fashion-mnist, or fetched (31 MB)',
  shape,
  classes,
  counts: { train: 60000, test: 10000 },
  takesPath: 'may',
  read: (request) =>
    readKnownIdx({ shape, classes, normalization: { mean: [0.286], std: [0.353] }, supply }, request),
};
