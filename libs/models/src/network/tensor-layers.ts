import {
  avgPool,
  conv2dExplicit,
  depthwiseConv2d,
  globalAvgPool,
  inferenceBatchNorm,
  maxPool,
  relu,
  tf,
  trainingBatchNorm,
} from '@lyceum/engine';
import { LyceumError } from '@lyceum/errors';
import type { ConvOptions, Layers, WindowOptions } from './layers.js';

type Map4 = tf.Tensor4D;

/** Runs a network's layers on the engine. */
export class TensorLayers implements Layers<tf.Tensor> {
  constructor(
    private readonly variables: ReadonlyMap<string, tf.Variable>,
    private readonly training: boolean,
  ) {}

  channels(x: tf.Tensor): number {
    return x.shape[x.rank - 1];
  }

  height(x: tf.Tensor): number {
    return (x as Map4).shape[1];
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
    if (!this.training) {
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

  add(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
    return tf.add(a, b);
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

  private variable(name: string): tf.Variable {
    const variable = this.variables.get(name);
    if (variable === undefined) throw new LyceumError('INTERNAL', `models: there is no variable "${name}"`);
    return variable;
  }
}
