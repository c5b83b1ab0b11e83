import { LyceumError } from '@lyceum/errors';
import { toPytorch, type WeightValues } from '@lyceum/models';
import type { NodeProto, TensorProto } from '../gen/onnx.js';
import { node, tensor, type Attributes } from './messages.js';

/** Collects the nodes and constants of a graph and names them. Tensors are spoken of by name. */
export class GraphBuilder {
  readonly nodes: NodeProto[] = [];
  private readonly constants = new Map<string, TensorProto>();
  private readonly parameters: ReadonlyMap<string, WeightValues>;
  private readonly usesOfName = new Map<string, number>();

  constructor(values: readonly WeightValues[]) {
    this.parameters = new Map(values.map((value) => [value.name, value]));
  }

  /** All constants that nodes refer to, parameters included. */
  get initializers(): TensorProto[] {
    return [...this.constants.values()];
  }

  /** Adds an operation with one output, which has the operation's name. */
  emit(opType: string, base: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const name = this.unique(base);
    this.nodes.push(node(opType, name, inputs, [name], attributes));
    return name;
  }

  /** Adds an operation with several outputs. */
  emitParts(
    opType: string,
    base: string,
    inputs: readonly string[],
    parts: readonly string[],
    attributes: Attributes,
  ): string[] {
    const name = this.unique(base);
    const outputs = parts.map((part) => `${name}.${part}`);
    this.nodes.push(node(opType, name, inputs, outputs, attributes));
    return outputs;
  }

  /** A parameter by its name, in PyTorch's layout, which is the one of ONNX. */
  parameter(name: string): string {
    return this.constant(name, () => {
      const value = this.parameters.get(name);
      if (value === undefined) throw new LyceumError('INTERNAL', `export: there is no parameter "${name}"`);
      const { shape, data } = toPytorch(value.kind, value);
      return tensor(name, shape, data);
    });
  }

  /** A constant list of whole numbers: sizes, axes. Equal lists are one constant. */
  integers(...values: readonly number[]): string {
    const name = `integers_${values.join('_')}`;
    return this.constant(name, () => tensor(name, [values.length], BigInt64Array.from(values, BigInt)));
  }

  /** A constant number. */
  scalar(value: number): string {
    const name = `scalar_${value}`;
    return this.constant(name, () => tensor(name, [], Float32Array.of(value)));
  }

  private constant(name: string, make: () => TensorProto): string {
    if (!this.constants.has(name)) this.constants.set(name, make());
    return name;
  }

  private unique(base: string): string {
    const uses = (this.usesOfName.get(base) ?? 0) + 1;
    this.usesOfName.set(base, uses);
    return uses === 1 ? base : `${base}_${uses}`;
  }
}
