import { Trace, type ConvOptions, type Layers, type WindowOptions } from '@lyceum/models';
import type { GraphBuilder } from './graph-builder.js';
import type { Attributes } from './messages.js';
import { recordRepresentatives } from './record-representatives.js';

/** A tensor of the graph. */
export interface GraphValue {
  readonly name: string;
  /** As the engine has it, without the batch: `[h, w, c]` or `[c]`. In the graph itself, channels come first. */
  readonly shape: readonly number[];
}

/** What the engine and PyTorch add to a variance. */
const epsilon = 1e-5;

/** Writes a network down as nodes of an ONNX graph, operator set 18; a node has the name of its layer. */
export class GraphRecorder implements Layers<GraphValue> {
  /** Of shapes that layers change. */
  private readonly trace = new Trace();

  constructor(private readonly graph: GraphBuilder) {}

  channels({ shape }: GraphValue): number {
    return this.trace.channels(shape);
  }

  height({ shape }: GraphValue): number {
    return this.trace.height(shape);
  }

  /** A graph for inference has no gradients to stop. */
  detach(x: GraphValue): GraphValue {
    return x;
  }

  conv(name: string, x: GraphValue, options: ConvOptions): GraphValue {
    const { size, stride = 1, pad = 0, groups = 1, bias = false } = options;
    const parts = bias ? ['weight', 'bias'] : ['weight'];
    const attributes = { ...windowOf({ size, stride, pad }), group: groups };
    const shape = this.trace.conv(name, x.shape, options);
    return { name: this.graph.emit('Conv', name, this.withParameters(x, name, parts), attributes), shape };
  }

  batchNorm(name: string, x: GraphValue): GraphValue {
    const inputs = this.withParameters(x, name, ['weight', 'bias', 'running_mean', 'running_var']);
    const attributes = { epsilon: { real: epsilon } };
    return { name: this.graph.emit('BatchNormalization', name, inputs, attributes), shape: x.shape };
  }

  relu({ name, shape }: GraphValue): GraphValue {
    return { name: this.graph.emit('Relu', 'relu', [name]), shape };
  }

  sigmoid({ name, shape }: GraphValue): GraphValue {
    return { name: this.graph.emit('Sigmoid', 'sigmoid', [name]), shape };
  }

  add(a: GraphValue, b: GraphValue): GraphValue {
    const shape = this.trace.add(a.shape, b.shape);
    return { name: this.graph.emit('Add', 'add', [a.name, b.name]), shape };
  }

  multiply(a: GraphValue, b: GraphValue): GraphValue {
    const shape = this.trace.multiply(a.shape, b.shape);
    return { name: this.graph.emit('Mul', 'multiply', [a.name, b.name]), shape };
  }

  concat(a: GraphValue, b: GraphValue): GraphValue {
    const shape = this.trace.concat(a.shape, b.shape);
    return { name: this.graph.emit('Concat', 'concat', [a.name, b.name], { axis: 1 }), shape };
  }

  split(x: GraphValue, count: number): readonly [GraphValue, GraphValue] {
    const shapes = this.trace.split(x.shape, count);
    const sizes = this.graph.integers(...shapes.map((shape) => this.trace.channels(shape)));
    const parts = ['first', 'rest'];
    const [first, rest] = this.graph.emitParts('Split', 'split', [x.name, sizes], parts, { axis: 1 });
    return [
      { name: first, shape: shapes[0] },
      { name: rest, shape: shapes[1] },
    ];
  }

  shuffle(x: GraphValue, groups: number): GraphValue {
    if (groups === 1) return x;
    const [height, width, channels] = x.shape;
    const { graph } = this;
    // A size of 0 keeps the batch's.
    const apart = graph.integers(0, groups, channels / groups, height, width);
    const together = graph.integers(0, channels, height, width);
    const grouped = graph.emit('Reshape', 'shuffle.group', [x.name, apart]);
    const turned = graph.emit('Transpose', 'shuffle.turn', [grouped], { perm: [0, 2, 1, 3, 4] });
    return { name: graph.emit('Reshape', 'shuffle.join', [turned, together]), shape: x.shape };
  }

  resize(x: GraphValue, like: GraphValue): GraphValue {
    const [height, width] = like.shape;
    if (x.shape[0] === height && x.shape[1] === width) return x;
    const attributes = { mode: 'linear', coordinate_transformation_mode: 'half_pixel', axes: [2, 3] };
    // Neither a region nor scales, but sizes.
    const inputs = [x.name, '', '', this.graph.integers(height, width)];
    const name = this.graph.emit('Resize', 'resize', inputs, attributes);
    return { name, shape: this.trace.resize(x.shape, like.shape) };
  }

  maxPool(x: GraphValue, options: WindowOptions): GraphValue {
    const shape = this.trace.maxPool(x.shape, options);
    return { name: this.graph.emit('MaxPool', 'max_pool', [x.name], windowOf(options)), shape };
  }

  avgPool(x: GraphValue, options: WindowOptions): GraphValue {
    const shape = this.trace.avgPool(x.shape, options);
    const attributes = { ...windowOf(options), count_include_pad: 1 };
    return { name: this.graph.emit('AveragePool', 'avg_pool', [x.name], attributes), shape };
  }

  globalAvgPool(x: GraphValue): GraphValue {
    const pooled = this.graph.emit('GlobalAveragePool', 'global_avg_pool', [x.name]);
    const name = this.graph.emit('Flatten', 'flatten', [pooled], { axis: 1 });
    return { name, shape: this.trace.globalAvgPool(x.shape) };
  }

  dense(name: string, x: GraphValue, outputs: number): GraphValue {
    const shape = this.trace.dense(name, x.shape, outputs);
    const inputs = this.withParameters(x, name, ['weight', 'bias']);
    return { name: this.graph.emit('Gemm', name, inputs, { transB: 1 }), shape };
  }

  representatives(x: GraphValue, count: number): { vectors: GraphValue; maps: GraphValue } {
    const { vectors, maps } = recordRepresentatives(this.graph, x, count);
    const shapes = this.trace.representatives(x.shape, count);
    return {
      vectors: { name: vectors, shape: shapes.vectors },
      maps: { name: maps, shape: shapes.maps },
    };
  }

  private withParameters(x: GraphValue, layer: string, parts: readonly string[]): string[] {
    return [x.name, ...parts.map((part) => this.graph.parameter(`${layer}.${part}`))];
  }
}

/** The window of a convolution or a pooling; an incomplete one at the end is left out. */
function windowOf({ size, stride, pad = 0 }: WindowOptions): Attributes {
  return { kernel_shape: [size, size], strides: [stride, stride], pads: [pad, pad, pad, pad] };
}
