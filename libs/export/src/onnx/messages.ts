import {
  AttributeProto,
  AttributeProto_AttributeType as AttributeType,
  NodeProto,
  TensorProto,
  TensorProto_DataType as DataType,
  ValueInfoProto,
} from '../gen/onnx.js';

/** A size of a tensor, or the name of one that is known only when the graph runs. */
type Dimension = number | string;

/** Attributes of a node: a whole number, several of them, a text, or a real number as `{ real: 1e-5 }`. */
export type Attributes = Readonly<
  Record<string, number | readonly number[] | string | { readonly real: number }>
>;

/** One operation of the graph. */
export function node(
  opType: string,
  name: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Attributes = {},
): NodeProto {
  const attribute = Object.entries(attributes).map(([key, value]) => attributeOf(key, value));
  return NodeProto.fromPartial({ opType, name, input: [...inputs], output: [...outputs], attribute });
}

function attributeOf(name: string, value: Attributes[string]): AttributeProto {
  if (typeof value === 'number')
    return AttributeProto.fromPartial({ name, type: AttributeType.INT, i: value });
  if (typeof value === 'string') {
    const text = new TextEncoder().encode(value);
    return AttributeProto.fromPartial({ name, type: AttributeType.STRING, s: text });
  }
  if ('real' in value) return AttributeProto.fromPartial({ name, type: AttributeType.FLOAT, f: value.real });
  return AttributeProto.fromPartial({ name, type: AttributeType.INTS, ints: [...value] });
}

/** A constant of the graph; the data is not copied. */
export function tensor(
  name: string,
  shape: readonly number[],
  data: Float32Array | BigInt64Array,
): TensorProto {
  const dataType = data instanceof Float32Array ? DataType.FLOAT : DataType.INT64;
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return TensorProto.fromPartial({ name, dims: [...shape], dataType, rawData });
}

/** An input or output of the graph, of float32. */
export function valueInfo(name: string, shape: readonly Dimension[], docString: string): ValueInfoProto {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return ValueInfoProto.fromPartial({
    name,
    docString,
    type: { tensorType: { elemType: DataType.FLOAT, shape: { dim } } },
  });
}
