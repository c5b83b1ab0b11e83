/** Height, width and channels of one image. */
export type Shape = readonly [height: number, width: number, channels: number];

export type SplitName = 'train' | 'test';

/** Mean and standard deviation of each channel, of pixels scaled to 0 ... 1. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** The samples of one split. */
export interface Split {
  readonly count: number;
  /** `[count, H, W, C]`, flat, 0 ... 255; backed by shared memory: posting it to a worker thread copies nothing. */
  readonly images: Uint8Array;
  /** `[count]`, each from 0 to the number of classes - 1; in shared memory too. */
  readonly labels: Int32Array;
  /** `[count]`, the bin of each sample's nuisance (see `Nuisance`); absent without one. */
  readonly groups?: Int32Array;
  /** Present where the labels are unknown and all of them -1. */
  readonly isUnlabelled?: true;
}

/** A data set in memory. It is plain data, so it may be posted to worker threads. */
export interface LoadedData {
  /** The name it was asked for by. */
  readonly name: string;
  /** The shape of images in batches. */
  readonly shape: Shape;
  /** The shape of the samples, where batches are made of smaller images (see `viewedAt`). */
  readonly storedShape?: Shape;
  /** H x W x C: the numbers that make up one image of a batch. */
  readonly sampleSize: number;
  readonly classes: readonly string[];
  readonly normalization: Normalization;
  /** Content address of shape, classes and all samples: "sha256:" and 64 hexadecimal digits. */
  readonly digest: string;
  /** Where the samples came from, for people. */
  readonly source: string;
  readonly train: Split;
  readonly test: Split;
  /** Training samples that are held out, where they were asked for; the digest does not tell. */
  readonly validation?: Split;
}

/** What is being waited for. */
export interface DataProgress {
  /** For instance "fetching train-images-idx3-ubyte.gz from example.org". */
  readonly step: string;
  readonly done: number;
  readonly total?: number;
  readonly unit: 'bytes' | 'images';
}

export type OnProgress = (progress: DataProgress) => void;

/** What `loadDataSet` hands to a data set. */
export interface ReadRequest {
  /** Folder or file given by the user. */
  readonly path: string | undefined;
  /** What followed the colon of the name: `32x32x3/100` of `synthetic:32x32x3/100`. */
  readonly variant: string | undefined;
  readonly imagePixels: number | undefined;
  /** The shape that images must have because they stand beside others; undefined: their own. */
  readonly shape: Shape | undefined;
  readonly trainLimit: number | undefined;
  readonly testLimit: number | undefined;
  /** Folder for what is fetched. */
  readonly cacheFolder: string;
  readonly onProgress: OnProgress;
  /** Which samples to read: indices in rising order, chosen by the limits (see `chooseSamples`). */
  choose(split: SplitName, labels: ArrayLike<number>): Int32Array;
}

/** What a data set gives back. */
export interface DataContent {
  readonly shape: Shape;
  readonly classes: readonly string[];
  readonly normalization: Normalization;
  readonly source: string;
  readonly train: Split;
  readonly test: Split;
}

/** A data set: one file in `sets/`, one line in the registry. */
export interface DataSet {
  readonly name: string;
  /** One line for people. */
  readonly description: string;
  /** Where it comes from, in one line. */
  readonly origin: string;
  /** Shape, classes and sizes where the name alone decides them. */
  readonly shape?: Shape;
  readonly classes?: readonly string[];
  readonly counts?: Readonly<Record<SplitName, number>>;
  readonly takesPath: 'never' | 'may' | 'must';
  /** Whether it has images alone, neither classes nor test images, so that it can only be trained from. */
  readonly hasImagesAlone?: boolean;
  /** Whether `imagePixels` decides the size of its images. */
  readonly isResizable?: boolean;
  /** What may follow `name:`; absent: nothing. */
  readonly variant?: string;
  read(request: ReadRequest): Promise<DataContent>;
}
