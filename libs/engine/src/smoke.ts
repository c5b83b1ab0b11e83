import { createHash } from 'node:crypto';
import type { EngineInfo } from './engine-info.js';
import { createOptimizer } from './optimizer/create-optimizer.js';
import { fusedBatchNorm } from './ops/batch-norm.js';
import { conv2dExplicit } from './ops/conv2d.js';
import { logSoftmax } from './ops/log-softmax.js';
import { globalAvgPool } from './ops/pooling.js';
import { relu } from './ops/relu.js';
import { tf } from './tf.js';

/** What a smoke run came to. */
export interface SmokeResult {
  readonly engine: EngineInfo;
  /** The loss ahead of each step. */
  readonly losses: readonly number[];
  /** SHA-256 of the trained weights' bytes: the same in every run with the same engine and threads. */
  readonly hash: string;
  /** Tensors that the steps have left behind; 0 when nothing leaks. */
  readonly leakedTensors: number;
}

const stepCount = 4;
const batchSize = 8;

/**
 * Trains a convolution, a batch norm and a classifier for a few steps on numbers from a formula, without any random
 * source: enough to load every part of a native library that training uses.
 */
export function runSmoke(engine: EngineInfo): SmokeResult {
  const [images, labels, weights] = tf.tidy(() => {
    const classes = Array.from({ length: batchSize }, (_, index) => index % 4);
    const start = {
      kernel: tf.variable(wave([3, 3, 3, 8], 0.3)),
      scale: tf.variable(tf.ones([8])),
      offset: tf.variable(tf.zeros([8])),
      classifier: tf.variable(wave([8, 4], 0.5)),
    };
    return [
      wave([batchSize, 12, 12, 3], 1) as tf.Tensor4D,
      tf.oneHot(tf.tensor1d(classes, 'int32'), 4),
      start,
    ];
  });
  const optimizer = createOptimizer({ name: 'sgd', momentum: 0.9, weightDecay: 5e-4 }, weights);
  const before = tf.memory().numTensors;
  const losses = Array.from({ length: stepCount }, () =>
    tf.tidy(() => {
      const loss = () => lossOf(images, labels, weights);
      const { value, grads } = tf.variableGrads(loss, Object.values(weights));
      const gradients = Object.entries(weights).map(([name, { name: id }]) => [name, grads[id]] as const);
      optimizer.apply(Object.fromEntries(gradients), 0.05);
      return value.dataSync()[0];
    }),
  );
  const leakedTensors = tf.memory().numTensors - before;
  const hash = createHash('sha256');
  for (const weight of Object.values(weights)) hash.update(weight.dataSync());
  optimizer.dispose();
  tf.dispose([images, labels, weights]);
  return { engine, losses, hash: hash.digest('hex'), leakedTensors };
}

interface SmokeWeights {
  readonly kernel: tf.Variable;
  readonly scale: tf.Variable;
  readonly offset: tf.Variable;
  readonly classifier: tf.Variable;
}

function lossOf(images: tf.Tensor4D, labels: tf.Tensor, weights: SmokeWeights): tf.Scalar {
  const maps = conv2dExplicit(images, weights.kernel as tf.Tensor as tf.Tensor4D, 2, 1);
  const [scale, offset] = [weights.scale, weights.offset] as tf.Tensor[] as tf.Tensor1D[];
  const { y } = fusedBatchNorm(maps, scale, offset);
  const logits = tf.matMul(globalAvgPool(relu(y)), weights.classifier);
  return tf.neg(tf.mean(tf.sum(tf.mul(labels, logSoftmax(logits)), 1)));
}

/** Numbers between -size and size that look irregular and are the same everywhere. */
function wave(shape: number[], size: number): tf.Tensor {
  const count = shape.reduce((product, length) => product * length, 1);
  const values = Float32Array.from(
    { length: count },
    (_, index) => (((index * 7919) % 2003) / 1001.5 - 1) * size,
  );
  return tf.tensor(values, shape);
}
