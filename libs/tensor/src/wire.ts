import { DataType, Encoding, type Tensor } from '@lyceum/contracts/tensor';
import { invalidField, invalidFields, LyceumError, type Violation } from '@lyceum/errors';
import { formats, type ElementFormat } from './element-format.js';
import type { EncodedFormat } from './encoded-format.js';
import { requireFinite } from './finite.js';
import { elementCount, type HostData, type HostDtype, type HostTensor } from './host-tensor.js';
import { encodeInt8Rows, gainsByInt8, int8Rows } from './int8-rows.js';
import { recordsOf } from './records.js';
import { encodeTopK, topK } from './top-k.js';

const maxRank = 8;
const maxDimension = 2 ** 31 - 1;

const formatByType: Readonly<Partial<Record<DataType, ElementFormat>>> = {
  [DataType.FP32]: formats.FP32,
  [DataType.FP16]: formats.FP16,
  [DataType.BF16]: formats.BF16,
  [DataType.INT32]: formats.INT32,
  [DataType.UINT8]: formats.UINT8,
};
const typeByHost = { f32: DataType.FP32, i32: DataType.INT32, u8: DataType.UINT8 } as const;
const encodedBy: Readonly<Partial<Record<Encoding, EncodedFormat>>> = {
  [Encoding.INT8_ROWS]: int8Rows,
  [Encoding.TOP_K]: topK,
};

/**
 * How a tensor's numbers are sent: as they are in an element type; in a byte each with a scale a row; or, of logits
 * [N, C], the `topK` largest of each sample with the others' mass.
 */
export type WireForm = DataType | 'int8' | { readonly topK: number };

/**
 * The wire form of a tensor. FP32, INT32 and UINT8 share the memory of `host` (don't write to it before the
 * message is sent); FP16 and BF16 are rounded to nearest even into new memory; `int8` and `topK` are encoded into new
 * memory, but for `int8` of one number a row, which would grow and stays FP32.
 *
 * @param as By default the element type that `host` has in memory.
 * @throws LyceumError INVALID_FIELD when `as` cannot hold the elements; NON_FINITE for `int8` and `topK` of such.
 * @example toWire(hostTensor('logits', values, [64, 10]), DataType.FP16)
 * @example toWire(hostTensor('logits', values, [64, 100]), { topK: 8 })
 */
export function toWire(host: HostTensor, as: WireForm = typeByHost[host.dtype]): Tensor {
  if (typeof as !== 'number') return encoded(host, as);
  const format = formatByType[as];
  if (format?.host !== host.dtype) throw cannotHold(host, DataType[as]);
  return { ...rawHead(host, as), data: format.encode(host.data) };
}

interface TensorName {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A tensor as it is sent in a form, without its elements. */
export function wireHead(host: TensorName, as: WireForm): Tensor {
  if (typeof as === 'number') return rawHead(host, as);
  if (as === 'int8' && !gainsByInt8(host)) return rawHead(host, DataType.FP32);
  const encoding = as === 'int8' ? Encoding.INT8_ROWS : Encoding.TOP_K;
  return { ...rawHead(host, DataType.FP32), encoding };
}

function rawHead({ name, shape }: TensorName, dtype: DataType): Tensor {
  return { name, dtype, shape: [...shape], encoding: Encoding.RAW, data: new Uint8Array(0) };
}

function encoded(host: HostTensor, as: Exclude<WireForm, DataType>): Tensor {
  const { data, shape, name } = host;
  if (!(data instanceof Float32Array)) throw cannotHold(host, as === 'int8' ? 'int8' : 'top-k');
  const head = wireHead(host, as);
  if (head.encoding === Encoding.RAW) return toWire(host, head.dtype);
  requireFinite(host, name);
  if (as === 'int8') return { ...head, data: encodeInt8Rows(data, elementCount(shape.slice(1))) };
  const problem = topKProblem(shape, as.topK);
  if (problem !== undefined) throw invalidField(`${name}.topK`, problem);
  return { ...head, data: encodeTopK(data, shape[1], as.topK) };
}

/** Why so many logits of a sample cannot be sent of a tensor; undefined where they can. */
export function topKProblem(shape: readonly number[], k: number): string | undefined {
  const ofShape = topK.shapeProblem?.(shape);
  if (ofShape !== undefined) return `the shape ${ofShape}, found [${shape.join(', ')}]`;
  if (Number.isInteger(k) && k >= 1 && k < shape[1]) return undefined;
  return `must be from 1 to ${shape[1] - 1}, fewer than the ${shape[1]} classes; found ${k}`;
}

function cannotHold({ name, dtype }: HostTensor, form: string): LyceumError {
  return invalidField(`${name}.dtype`, `${form} cannot hold the elements of a tensor of ${dtype}`);
}

/**
 * Reads a tensor off the wire. FP32, INT32 and UINT8 are views of the message where its alignment allows it,
 * else one copy; FP16, BF16 and all other encodings decode to f32.
 *
 * @param field Where the tensor was found, for instance `keys[0]`.
 * @throws LyceumError INVALID_FIELD (`keys[0].dtype`, `.encoding`, `.shape`), SHAPE_MISMATCH (`keys[0].data`), or for
 * scales, logits and indices that cannot be, NON_FINITE or INVALID_FIELD (`keys[0].data`).
 */
export function fromWire(tensor: Tensor | undefined, field: string): HostTensor {
  const reader = checkWire(tensor, field);
  const { name, shape } = tensor as Tensor;
  return { name, dtype: reader.host, shape, data: reader.read() };
}

/** A tensor whose head and number of bytes are right. */
export interface WireReader {
  readonly host: HostDtype;
  /** The elements: a view of the message where form and alignment allow it. */
  read(): HostData;
  /** Puts the elements into `target`, from element `offset` on. */
  readInto(target: HostData, offset: number): void;
}

/** Checks all of a tensor but its values; answers how its elements are read. */
export function checkWire(tensor: Tensor | undefined, field: string): WireReader {
  if (tensor === undefined) throw invalidField(field, 'a tensor is required');
  const format = formatByType[tensor.dtype];
  const form = encodedBy[tensor.encoding];
  const violations = [...typeViolations(tensor, field), ...shapeViolations(tensor.shape, `${field}.shape`)];
  if (violations.length === 0 && form?.shapeProblem !== undefined) {
    const problem = form.shapeProblem(tensor.shape);
    const found = `found [${tensor.shape.join(', ')}]`;
    if (problem !== undefined)
      violations.push({ field: `${field}.shape`, description: `${problem}, ${found}` });
  }
  if (format === undefined || violations.length > 0) throw invalidFields(violations);
  return form === undefined ? rawReader(tensor, format, field) : encodedReader(tensor, form, field);
}

function typeViolations({ dtype, encoding }: Tensor, field: string): Violation[] {
  const violations: Violation[] = [];
  if (formatByType[dtype] === undefined) {
    const found = DataType[dtype] ?? dtype;
    violations.push({
      field: `${field}.dtype`,
      description: `must be FP32, FP16, BF16, INT32 or UINT8, found ${found}`,
    });
  }
  const name = Encoding[encoding] ?? encoding;
  const isEncoded = encodedBy[encoding] !== undefined;
  if (!isEncoded && encoding !== Encoding.RAW && encoding !== Encoding.UNSPECIFIED) {
    const description = `must be RAW, INT8_ROWS or TOP_K, found ${name}`;
    violations.push({ field: `${field}.encoding`, description });
  }
  if (isEncoded && violations.length === 0 && dtype !== DataType.FP32) {
    const description = `must be FP32 for ${name}, found ${DataType[dtype]}`;
    violations.push({ field: `${field}.dtype`, description });
  }
  return violations;
}

function rawReader(tensor: Tensor, format: ElementFormat, field: string): WireReader {
  const wanted = elementCount(tensor.shape) * format.byteCount;
  if (tensor.data.length !== wanted) throw wrongBytes(tensor, format.name, `${wanted} bytes`, field);
  return {
    host: format.host,
    read: () => format.decode(tensor.data),
    readInto: (target, offset) => format.decodeInto(tensor.data, target, offset),
  };
}

function encodedReader(tensor: Tensor, form: EncodedFormat, field: string): WireReader {
  const { count, bytes } = recordsOf(tensor);
  const problem = count === 0 ? undefined : form.recordProblem(tensor, bytes);
  if (problem !== undefined) throw wrongBytes(tensor, form.name, `${count} records of ${problem}`, field);
  if (count === 0 && tensor.data.length > 0) throw wrongBytes(tensor, form.name, '0 bytes', field);
  const readInto = (target: HostData, offset: number) =>
    form.decodeInto(tensor, target as Float32Array, offset, field);
  const read = () => {
    const target = new Float32Array(elementCount(tensor.shape));
    readInto(target, 0);
    return target;
  };
  return { host: 'f32', read, readInto };
}

function wrongBytes({ name, shape, data }: Tensor, form: string, wanted: string, field: string): LyceumError {
  const description = `must have ${wanted} for ${form} [${shape.join(', ')}], found ${data.length}`;
  return new LyceumError('SHAPE_MISMATCH', `${field}.data: ${description}`, {
    violations: [{ field: `${field}.data`, description }],
    metadata: { tensor: name },
  });
}

function shapeViolations(shape: readonly number[], field: string): Violation[] {
  if (shape.length > maxRank) {
    return [{ field, description: `must have at most ${maxRank} dimensions, found ${shape.length}` }];
  }
  return shape.flatMap((size, i) =>
    Number.isInteger(size) && size >= 0 && size <= maxDimension
      ? []
      : [
          {
            field: `${field}[${i}]`,
            description: `must be an integer from 0 to ${maxDimension}, found ${size}`,
          },
        ],
  );
}
