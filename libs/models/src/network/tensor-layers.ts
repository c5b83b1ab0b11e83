import {
  avgPool,
  conv2dExplicit,
  depthwiseConv2d,
  detach,
  globalAvgPool,
  inferenceBatchNorm,
  maxPool,
  relu,
  representatives,
  resizeMap,
  tf,
  trainingBatchNorm,
} from '@lyceum/engine';
import { LyceumError } from '@lyceum/errors';
import { isInPart } from '../parts.js';
import type { ConvOptions, Layers, Representatives, WindowOptions } from './layers.js';

type Map4 = tf.Tensor4D;

/** Runs a network's layers on the engine. */
export class TensorLayers implements Layers<tf.Tensor> {
  constructor(
    private readonly variables: ReadonlyMap<string, tf.Variable>,
    private readonly training: boolean,
    /** Parts that run as at inference. */
    private readonly frozenParts: readonly string[] = [],
  ) {}

  channels(x: tf.Tensor): number {
    return x.shape[x.rank - 1];
  }

  height(x: tf.Tensor): number {
    return (x as Map4).shape[1];
  }

  detach(x: tf.Tensor): tf.Tensor {
    return detach(x);
  }

  conv(
    name: string,
    x: tf.Tensor,
    { outputs, stride = 1, pad = 0, groups = 1, bias = false }: ConvOptions,
  ): tf.Tensor {
    const kernel = this.variable(`${name}.weight`) as Map4;
    const depthwise = groups > 1 && groups === this.channels(x);
    const y = depthwise
      ? depthwiseConv2d(x as Map4, kernel, stride, pad)
      : conv2dExplicit(x as Map4, kernel, stride, pad, groups);
    if (!bias) return y;
    return tf.add(y, tf.reshape(this.variable(`${name}.bias`), [1, 1, 1, outputs]));
  }

  batchNorm(name: string, x: tf.Tensor): tf.Tensor {
    const scale = this.variable(`${name}.weight`) as tf.Tensor1D;
    const offset = this.variable(`${name}.bias`) as tf.Tensor1D;
    const mean = this.variable(`${name}.running_mean`);
    const variance = this.variable(`${name}.running_var`);
    const statistics = { mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
    if (!this.training || this.frozenParts.some((part) => isInPart(name, part))) {
      return inferenceBatchNorm(x as Map4, statistics.mean, statistics.variance, scale, offset);
    }
    const { y, moving } = trainingBatchNorm(x as Map4, scale, offset, statistics);
    mean.assign(moving.mean);
    variance.assign(moving.variance);
    return y;
  }

  relu(x: tf.Tensor): tf.Tensor {
    return relu(x);
  }

  sigmoid(x: tf.Tensor): tf.Tensor {
    return tf.sigmoid(x);
  }

  add(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
    return tf.add(a, b);
  }

  multiply(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
    return tf.mul(a, b);
  }

  concat(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
    return tf.concat([a, b], -1);
  }

  split(x: tf.Tensor, count: number): readonly [tf.Tensor, tf.Tensor] {
    const [first, rest] = tf.split(x, [count, this.channels(x) - count], -1);
    return [first, rest];
  }

  shuffle(x: tf.Tensor, groups: number): tf.Tensor {
    const [count, height, width, channels] = x.shape;
    if (groups === 1) return x;
    const grouped = tf.reshape(x, [count * height * width, groups, channels / groups]);
    return tf.reshape(tf.transpose(grouped, [0, 2, 1]), x.shape);
  }

  resize(x: tf.Tensor, like: tf.Tensor): tf.Tensor {
    const [, height, width] = like.shape as Map4['shape'];
    return resizeMap(x as Map4, height, width, 'bilinear');
  }

  maxPool(x: tf.Tensor, { size, stride, pad }: WindowOptions): tf.Tensor {
    return maxPool(x as Map4, size, stride, pad);
  }

  avgPool(x: tf.Tensor, { size, stride, pad }: WindowOptions): tf.Tensor {
    return avgPool(x as Map4, size, stride, pad);
  }

  globalAvgPool(x: tf.Tensor): tf.Tensor {
    return globalAvgPool(x as Map4);
  }

  dense(name: string, x: tf.Tensor): tf.Tensor {
    const weight = this.variable(`${name}.weight`) as tf.Tensor2D;
    return tf.add(tf.matMul(x as tf.Tensor2D, weight), this.variable(`${name}.bias`));
  }

  representatives(x: tf.Tensor, count: number): Representatives<tf.Tensor> {
    const { vectors, maps } = representatives(x as Map4, { count });
    const [batch, , channels] = vectors.shape;
    return { vectors: tf.reshape(vectors, [batch, count * channels]), maps };
  }

  private variable(name: string): tf.Variable {
    const variable = this.variables.get(name);
    if (variable === undefined) throw new LyceumError('INTERNAL', `models: there is no variable "${name}"`);
    return variable;
  }
}
