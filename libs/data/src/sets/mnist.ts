import type { DataSet } from '../data-set.js';
import { hasIdxFiles } from '../formats/idx-folder.js';
import { downloadFiles } from '../supply/download-fetcher.js';
import type { Supply } from '../supply/provide-folder.js';
import { idxFileNames, idxRemoteFiles, readKnownIdx } from './idx-set.js';

const mirrors = [
  'https://ossci-datasets.s3.amazonaws.com/mnist/',
  'https://storage.googleapis.com/cvdf-datasets/mnist/',
  'http://yann.lecun.com/exdb/mnist/',
];

const published = [
  { bytes: 9912422, sha256: '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609' },
  { bytes: 28881, sha256: '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c' },
  { bytes: 1648877, sha256: '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6' },
  { bytes: 4542, sha256: 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6' },
];

const shape = [28, 28, 1] as const;
const classes = Array.from('0123456789');

const supply: Supply = {
  name: 'mnist',
  files: idxFileNames,
  isComplete: hasIdxFiles,
  systemFolders: [],
  fetchers: [downloadFiles(idxRemoteFiles(mirrors, published))],
};

/** LeCun, Cortes and Burges: the MNIST database of handwritten digits. */
export const mnist: DataSet = {
  name: 'mnist',
  description: 'MNIST: grey images of handwritten digits in 10 classes',
  origin: 'a given folder of its IDX files, or downloaded (12 MB)',
  shape,
  classes,
  counts: { train: 60000, test: 10000 },
  takesPath: 'may',
  read: (request) =>
    readKnownIdx({ shape, classes, normalization: { mean: [0.1307], std: [0.3081] }, supply }, request),
};
