import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../tf.js';
import { fusedBatchNorm, trainingBatchNorm } from './batch-norm.js';
import { conv2dExplicit, depthwiseConv2d } from './conv2d.js';
import { convTranspose } from './conv-transpose.js';
import {
  expectClose,
  expectTrueGradients,
  numbersOf,
  someNumbers,
  type Operation,
} from './gradient-check.fixture.js';
import { inferenceBatchNorm } from './inference-batch-norm.js';
import { l2Normalize } from './l2-normalize.js';
import { leadingEigenvectors } from './leading-eigenvectors.js';
import { logSoftmax } from './log-softmax.js';
import { meanOfSquares } from './mean-of-squares.js';
import { adaptiveAvgPool, avgPool, globalAvgPool, maxPool } from './pooling.js';
import { relu } from './relu.js';
import { safeSqrt } from './safe-sqrt.js';

type Image = tf.Tensor4D;
type Row = tf.Tensor1D;

/** What every backend has to do alike. */
export function operationSuite(): void {
  describe('gradients agree with finite differences', () => {
    for (const { name, shapes, run } of gradientCases) {
      it(name, () =>
        tf.tidy(() =>
          expectTrueGradients(
            run,
            shapes.map((shape, place) => someNumbers(shape, place)),
          ),
        ),
      );
    }
  });
  describe('convolution', convolutionValues);
  describe('batch normalisation', batchNormValues);
  describe('pooling', poolingValues);
  describe('elementwise', elementwiseValues);
}

const conv =
  (stride: number, pad: number, groups = 1): Operation =>
  (x, kernel) =>
    conv2dExplicit(x as Image, kernel as Image, stride, pad, groups);
const transpose =
  (stride: number, pad: number, outputPad = 0): Operation =>
  (x, kernel) =>
    convTranspose(x as Image, kernel as Image, stride, pad, outputPad);

const gradientCases: readonly { name: string; shapes: number[][]; run: Operation }[] = [
  { name: 'convolution 3x3', shapes: [[2, 5, 6, 2], [3, 3, 2, 3]], run: conv(1, 1) }, // prettier-ignore
  { name: 'convolution 3x3, stride 2, even size', shapes: [[2, 6, 4, 2], [3, 3, 2, 3]], run: conv(2, 1) }, // prettier-ignore
  { name: 'convolution 3x3, stride 2, even and odd', shapes: [[2, 6, 5, 2], [3, 3, 2, 3]], run: conv(2, 1) }, // prettier-ignore
  { name: 'convolution 3x3, stride 2, odd size', shapes: [[1, 7, 7, 2], [3, 3, 2, 2]], run: conv(2, 1) }, // prettier-ignore
  { name: 'convolution 1x1, stride 2', shapes: [[2, 6, 6, 3], [1, 1, 3, 2]], run: conv(2, 0) }, // prettier-ignore
  { name: 'convolution 5x5 with wide padding', shapes: [[1, 4, 4, 1], [5, 5, 1, 2]], run: conv(1, 3) }, // prettier-ignore
  { name: 'convolution in three groups', shapes: [[2, 4, 4, 6], [1, 1, 2, 9]], run: conv(1, 0, 3) }, // prettier-ignore
  { name: 'convolution by channel as groups', shapes: [[2, 5, 5, 3], [3, 3, 1, 6]], run: conv(1, 1, 3) }, // prettier-ignore
  {
    name: 'depthwise convolution, stride 2, even size',
    shapes: [[2, 6, 6, 3], [3, 3, 3, 1]], // prettier-ignore
    run: (x, kernel) => depthwiseConv2d(x as Image, kernel as Image, 2, 1),
  },
  { name: 'transposed convolution 4x4, stride 2', shapes: [[2, 3, 3, 2], [4, 4, 3, 2]], run: transpose(2, 1) }, // prettier-ignore
  { name: 'transposed convolution 3x3', shapes: [[2, 4, 4, 2], [3, 3, 3, 2]], run: transpose(1, 1) }, // prettier-ignore
  { name: 'transposed convolution 3x3, stride 2', shapes: [[1, 3, 3, 2], [3, 3, 2, 2]], run: transpose(2, 1, 1) }, // prettier-ignore
  {
    name: 'batch normalisation of a batch',
    shapes: [[4, 3, 3, 2], [2], [2]], // prettier-ignore
    run: (x, scale, offset) => fusedBatchNorm(x as Image, scale as Row, offset as Row, 1e-5).y,
  },
  {
    name: 'batch normalisation of vectors',
    shapes: [[6, 3], [3], [3]], // prettier-ignore
    run: (x, scale, offset) => fusedBatchNorm(x as tf.Tensor2D, scale as Row, offset as Row).y,
  },
  {
    name: 'batch normalisation by fixed statistics',
    shapes: [[2, 2, 2, 3], [3], [3]], // prettier-ignore
    run: (x, scale, offset) =>
      inferenceBatchNorm(
        x as Image,
        tf.tensor1d([0.1, 0, -1]),
        tf.tensor1d([0.5, 2, 1]),
        scale as Row,
        offset as Row,
      ),
  },
  {
    name: 'adaptive pooling, overlapping',
    shapes: [[2, 7, 5, 2]],
    run: (x) => adaptiveAvgPool(x as Image, 3, 2),
  },
  {
    name: 'adaptive pooling, dividing',
    shapes: [[2, 6, 4, 2]],
    run: (x) => adaptiveAvgPool(x as Image, 3, 2),
  },
  { name: 'global pooling', shapes: [[2, 4, 3, 2]], run: (x) => globalAvgPool(x as Image) },
  { name: 'average pooling with padding', shapes: [[2, 6, 6, 2]], run: (x) => avgPool(x as Image, 3, 2, 1) },
  // In steps that do not change which place of a window is the greatest.
  { name: 'maximum pooling', shapes: [[1, 4, 4, 2]], run: (x) => maxPool(x as Image, 2, 2) },
  { name: 'log softmax', shapes: [[3, 5]], run: (x) => logSoftmax(x) },
  { name: 'length 1 along the last dimension', shapes: [[3, 4]], run: (x) => l2Normalize(x) },
  { name: 'length 1 along a dimension inside', shapes: [[2, 3, 4]], run: (x) => l2Normalize(x, 1) },
  { name: 'sum over a dimension inside', shapes: [[2, 3, 4]], run: (x) => tf.sum(x, 1) },
  { name: 'sum over two dimensions, kept', shapes: [[2, 3, 4]], run: (x) => tf.sum(x, [-1, 0], true) },
  { name: 'mean over the last dimension', shapes: [[2, 3, 4]], run: (x) => tf.mean(x, -1) },
  { name: 'mean of all', shapes: [[2, 3, 4]], run: (x) => tf.mean(x) },
  { name: 'mean of squares', shapes: [[2, 3, 4]], run: (x) => meanOfSquares(x) },
  // Squared, for their signs are open.
  { name: 'eigenvectors', shapes: [[2, 4, 4]], run: (x) => tf.square(leadingEigenvectors(symmetric(x), 2)) },
  { name: 'square root', shapes: [[5]], run: (x) => safeSqrt(tf.add(x, 1.5)) },
];

/** With eigenvalues well apart. */
function symmetric(x: tf.Tensor): tf.Tensor3D {
  const apart = tf.reshape(tf.diag(tf.tensor1d([0, 6, 3, -4])), [1, 4, 4]);
  return tf.add(tf.add(x, tf.transpose(x, [0, 2, 1])), apart);
}

function convolutionValues(): void {
  it('pads on all sides alike, also where the engine would only pad the end', () => {
    const y = conv2dExplicit(tf.ones([1, 4, 4, 1]), tf.ones([3, 3, 1, 1]), 2, 1);
    expect(numbersOf(y)).toEqual([4, 6, 6, 9]);
    expect(numbersOf(depthwiseConv2d(tf.ones([1, 4, 4, 1]), tf.ones([3, 3, 1, 1]), 2, 1))).toEqual([
      4, 6, 6, 9,
    ]);
  });

  it('keeps the outputs of a group together', () => {
    const x = tf.tensor4d([1, 2, 3, 4], [1, 1, 1, 4]);
    const kernel = tf.tensor4d([1, 1, 10, 10, 1, 2, 10, 20], [1, 1, 2, 4]);
    expect(numbersOf(conv2dExplicit(x, kernel, 1, 0, 2))).toEqual([3, 5, 70, 110]);
  });

  it('transposes: every pixel paints the kernel', () => {
    const x = tf.tensor4d([1, 2], [1, 1, 2, 1]);
    const y = convTranspose(x, tf.ones([3, 3, 1, 1]), 2, 1, 1);
    expect(y.shape).toEqual([1, 2, 4, 1]);
    expect(numbersOf(y)).toEqual([1, 3, 2, 2, 1, 3, 2, 2]);
  });

  it('names what does not fit', () => {
    expect(() => conv2dExplicit(tf.ones([1, 4, 4, 3]), tf.ones([3, 3, 4, 8]), 1, 1)).toThrow(
      'kernel: must have 3 input channels (3 in 1 groups), found 4',
    );
    expect(() => conv2dExplicit(tf.ones([1, 2, 2, 1]), tf.ones([5, 5, 1, 1]), 1, 0)).toThrow(
      'x: is too small',
    );
  });
}

function batchNormValues(): void {
  let x: tf.Tensor2D;
  let scale: Row;
  let offset: Row;
  beforeAll(() => {
    x = tf.tensor2d([1, 10, 2, 20, 6, 30], [3, 2]);
    scale = tf.tensor1d([1, 2]);
    offset = tf.tensor1d([0, 1]);
  });

  it('normalises by the biased variance and reports the unbiased one', () => {
    const { y, batchMean, batchVariance } = fusedBatchNorm(x, scale, offset, 0);
    expectClose(batchMean, [3, 20]);
    expectClose(batchVariance, [7, 100]);
    const deviation = Math.sqrt(14 / 3);
    const wide = Math.sqrt(200 / 3);
    expectClose(y, [-2 / deviation, 1 - 20 / wide, -1 / deviation, 1, 3 / deviation, 1 + 20 / wide]);
  });

  it('moves the statistics a tenth of the way, with the unbiased variance', () => {
    const moving = { mean: tf.tensor1d([1, 2]), variance: tf.tensor1d([3, 4]) };
    const step = trainingBatchNorm(x, scale, offset, moving);
    expectClose(step.moving.mean, [1.2, 3.8]);
    expectClose(step.moving.variance, [3.4, 13.6]);
    expectClose(step.y, numbersOf(fusedBatchNorm(x, scale, offset, 1e-5).y));
  });

  it('leaves nothing behind', () => {
    const before = tf.memory().numTensors;
    const { y, batchMean, batchVariance } = fusedBatchNorm(x, scale, offset);
    tf.dispose([y, batchMean, batchVariance]);
    tf.dispose(tf.grad((value) => tf.sum(fusedBatchNorm(value as tf.Tensor2D, scale, offset).y))(x));
    expect(tf.memory().numTensors).toBe(before);
  });
}

function poolingValues(): void {
  const column = (): Image => tf.tensor4d([1, 2, 3, 4, 5], [1, 5, 1, 1]);

  it('averages overlapping windows where the size does not divide', () => {
    expectClose(adaptiveAvgPool(column(), 2, 1), [2, 4]);
    expectClose(adaptiveAvgPool(column(), 3, 1), [1.5, 3, 4.5]);
  });

  it('enlarges by repeating', () => {
    expectClose(adaptiveAvgPool(tf.tensor4d([1, 2], [1, 2, 1, 1]), 4, 1), [1, 1, 2, 2]);
  });

  it('counts the zeros around an average, and never takes them as a maximum', () => {
    const x = tf.fill<tf.Rank.R4>([1, 2, 2, 1], -9);
    expectClose(avgPool(x, 3, 2, 1), [-4]);
    expectClose(maxPool(x, 3, 2, 1), [-9]);
  });
}

function elementwiseValues(): void {
  it('cuts below 0, and passes no gradient there', () => {
    const x = tf.tensor1d([-2, 0, 3]);
    expect(numbersOf(relu(x))).toEqual([0, 0, 3]);
    expect(numbersOf(tf.grad((value) => tf.sum(relu(value)))(x))).toEqual([0, 0, 1]);
  });

  it('takes the logarithm of softmax of numbers far apart', () => {
    expectClose(logSoftmax(tf.tensor2d([1000, 0, -1000, 2, 2, 2], [2, 3])), [0, -1000, -2000, ...Array<number>(3).fill(-Math.log(3))]); // prettier-ignore
  });

  it('gives a vector of zeros back as it is, with a gradient of zeros', () => {
    const x = tf.tensor2d([3, 4, 0, 0], [2, 2]);
    expectClose(l2Normalize(x), [0.6, 0.8, 0, 0]);
    const gradient = tf.grad((value) => tf.sum(l2Normalize(value)))(x);
    expectClose(gradient, [0.8 * 0.04, -0.6 * 0.04, 0, 0]);
  });

  it('takes the root of 0 and less as 0 without an infinite gradient', () => {
    const x = tf.tensor1d([-1e-7, 0, 4]);
    expect(numbersOf(safeSqrt(x))).toEqual([0, 0, 2]);
    expect(numbersOf(tf.grad((value) => tf.sum(safeSqrt(value)))(x))).toEqual([0, 0, 0.25]);
  });

  it('finds eigenvectors, largest eigenvalue first, and passes no gradient where they are open', () => {
    const matrix = tf.tensor3d([2, 1, 1, 2, 5, 0, 0, 5], [2, 2, 2]);
    const [one, other] = tf.unstack(leadingEigenvectors(matrix, 1));
    expectClose(tf.matMul(one, one, false, true), [0.5, 0.5, 0.5, 0.5]);
    expectClose(tf.norm(other), [1]);
    const gradient = tf.grad((x) => tf.sum(tf.square(leadingEigenvectors(x as tf.Tensor3D, 1))))(matrix);
    expectClose(tf.slice(gradient, [1, 0, 0]), [0, 0, 0, 0]);
  });
}
