import { invalidField } from '@lyceum/errors';
import type { Parameter } from '../model.js';
import type { ConvOptions, Layers, Representatives, WindowOptions } from './layers.js';

type Shape = readonly number[];

/** A parameter before it has values. */
export interface ParameterInfo extends Pick<Parameter, 'name' | 'kind' | 'trainable'> {
  /** In the engine's layout. */
  readonly shape: Shape;
  /** Inputs that one output of the layer sums over; what initialisation goes by. */
  readonly fanIn: number;
  /** Kernel places times output channels. */
  readonly fanOut: number;
}

/** One layer with parameters, or a pooling, in the order of execution. */
export interface LayerInfo {
  readonly name: string;
  readonly kind: 'conv' | 'bn' | 'dense' | 'max-pool' | 'avg-pool' | 'global-avg-pool';
  /** Without the batch dimension. */
  readonly output: Shape;
  /** Trainable ones. */
  readonly parameterCount: number;
  /** Multiply-adds for one image, of convolutions and dense layers. */
  readonly multiplyAdds: number;
  /** Convolutions only: `[kh, kw, inputs of a group, outputs]`. */
  readonly kernel?: Shape;
  readonly stride?: number;
  readonly pad?: number;
  readonly groups?: number;
}

/** Walks through a network with shapes in place of tensors and writes down what it meets. */
export class Trace implements Layers<Shape> {
  readonly parameters: ParameterInfo[] = [];
  readonly layers: LayerInfo[] = [];

  channels(x: Shape): number {
    return x[x.length - 1];
  }

  height(x: Shape): number {
    return x[0];
  }

  detach(x: Shape): Shape {
    return x;
  }

  conv(
    name: string,
    x: Shape,
    { outputs, size, stride = 1, pad = 0, groups = 1, bias = false }: ConvOptions,
  ): Shape {
    const inputs = this.channels(x) / groups;
    const depthwise = inputs === 1 && groups > 1;
    const output = [...this.windows(x, size, stride, pad), outputs];
    const kernel = [size, size, inputs, outputs];
    const shape = depthwise ? [size, size, groups, outputs / groups] : kernel;
    const fans = { fanIn: size * size * inputs, fanOut: size * size * outputs };
    this.parameter(`${name}.weight`, depthwise ? 'depthwise' : 'conv', shape, fans);
    if (bias) this.parameter(`${name}.bias`, 'bias', [outputs], fans);
    const weights = size * size * inputs * outputs;
    const parameterCount = weights + (bias ? outputs : 0);
    const multiplyAdds = output[0] * output[1] * weights;
    this.layers.push({
      name,
      kind: 'conv',
      output,
      parameterCount,
      multiplyAdds,
      kernel,
      stride,
      pad,
      groups,
    });
    return output;
  }

  batchNorm(name: string, x: Shape): Shape {
    const size = this.channels(x);
    const fans = { fanIn: 1, fanOut: 1 };
    this.parameter(`${name}.weight`, 'bn-scale', [size], fans);
    this.parameter(`${name}.bias`, 'bn-offset', [size], fans);
    this.parameter(`${name}.running_mean`, 'bn-mean', [size], fans);
    this.parameter(`${name}.running_var`, 'bn-variance', [size], fans);
    this.layers.push({ name, kind: 'bn', output: x, parameterCount: 2 * size, multiplyAdds: 0 });
    return x;
  }

  relu(x: Shape): Shape {
    return x;
  }

  sigmoid(x: Shape): Shape {
    return x;
  }

  add(a: Shape, b: Shape): Shape {
    if (a.join() !== b.join()) throw new RangeError(`a network adds [${a.join()}] and [${b.join()}]`);
    return a;
  }

  multiply(a: Shape, b: Shape): Shape {
    const fits = b.length === a.length && b.every((size, axis) => size === a[axis] || isOneChannel(b, axis));
    if (!fits) throw new RangeError(`a network multiplies [${a.join()}] by [${b.join()}]`);
    return a;
  }

  concat(a: Shape, b: Shape): Shape {
    return [...a.slice(0, -1), this.channels(a) + this.channels(b)];
  }

  split(x: Shape, count: number): readonly [Shape, Shape] {
    const place = x.slice(0, -1);
    return [
      [...place, count],
      [...place, this.channels(x) - count],
    ];
  }

  shuffle(x: Shape): Shape {
    return x;
  }

  resize(x: Shape, [height, width]: Shape): Shape {
    return [height, width, this.channels(x)];
  }

  maxPool(x: Shape, options: WindowOptions): Shape {
    return this.pool('max-pool', x, options);
  }

  avgPool(x: Shape, options: WindowOptions): Shape {
    return this.pool('avg-pool', x, options);
  }

  globalAvgPool(x: Shape): Shape {
    const output = [this.channels(x)];
    this.layers.push({ name: '', kind: 'global-avg-pool', output, parameterCount: 0, multiplyAdds: 0 });
    return output;
  }

  dense(name: string, x: Shape, outputs: number): Shape {
    const inputs = this.channels(x);
    const fans = { fanIn: inputs, fanOut: outputs };
    this.parameter(`${name}.weight`, 'dense', [inputs, outputs], fans);
    this.parameter(`${name}.bias`, 'bias', [outputs], fans);
    const multiplyAdds = inputs * outputs;
    const parameterCount = multiplyAdds + outputs;
    this.layers.push({ name, kind: 'dense', output: [outputs], parameterCount, multiplyAdds });
    return [outputs];
  }

  representatives(x: Shape, count: number): Representatives<Shape> {
    return { vectors: [count * this.channels(x)], maps: [x[0], x[1], count] };
  }

  private pool(kind: 'max-pool' | 'avg-pool', x: Shape, { size, stride, pad = 0 }: WindowOptions): Shape {
    const output = [...this.windows(x, size, stride, pad), this.channels(x)];
    this.layers.push({ name: '', kind, output, parameterCount: 0, multiplyAdds: 0, stride, pad });
    return output;
  }

  private windows([height, width]: Shape, size: number, stride: number, pad: number): [number, number] {
    const rows = Math.floor((height + 2 * pad - size) / stride) + 1;
    const columns = Math.floor((width + 2 * pad - size) / stride) + 1;
    if (rows < 1 || columns < 1) {
      throw invalidField(
        'inputShape',
        `is too small: a map of ${height} x ${width} is left where ${size} x ${size} is needed`,
      );
    }
    return [rows, columns];
  }

  private parameter(
    name: string,
    kind: Parameter['kind'],
    shape: Shape,
    fans: { fanIn: number; fanOut: number },
  ): void {
    const trainable = kind !== 'bn-mean' && kind !== 'bn-variance';
    this.parameters.push({ name, kind, shape, trainable, ...fans });
  }
}

function isOneChannel(shape: Shape, axis: number): boolean {
  return axis === shape.length - 1 && shape[axis] === 1;
}
