import { DataType, Encoding, type Tensor } from '@lyceum/contracts/tensor';
import { invalidField, invalidFields, LyceumError, type Violation } from '@lyceum/errors';
import { formats, type ElementFormat } from './element-format.js';
import { elementCount, type HostTensor } from './host-tensor.js';

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

/**
 * The wire form of a tensor. FP32, INT32 and UINT8 share the memory of `host` (don't write to it before the
 * message is sent); FP16 and BF16 are rounded to nearest even into new memory.
 *
 * @param as Element type on the wire; by default the one that `host` has in memory.
 * @throws LyceumError INVALID_FIELD when `as` cannot hold the elements.
 * @example toWire(hostTensor('logits', values, [64, 10]), DataType.FP16)
 */
export function toWire(host: HostTensor, as: DataType = typeByHost[host.dtype]): Tensor {
  const format = formatByType[as];
  if (format?.host !== host.dtype) {
    throw invalidField(
      `${host.name}.dtype`,
      `${DataType[as]} cannot hold the elements of a tensor of ${host.dtype}`,
    );
  }
  return {
    name: host.name,
    dtype: as,
    shape: host.shape,
    encoding: Encoding.RAW,
    data: format.encode(host.data),
  };
}

/**
 * Reads a tensor off the wire. FP32, INT32 and UINT8 are views of the message where its alignment allows it,
 * else one copy; FP16 and BF16 decode to f32.
 *
 * @param field Where the tensor was found, for instance `keys[0]`.
 * @throws LyceumError INVALID_FIELD (`keys[0].dtype`, `.encoding`, `.shape`) or SHAPE_MISMATCH (`keys[0].data`).
 */
export function fromWire(tensor: Tensor | undefined, field: string): HostTensor {
  const format = checkWire(tensor, field);
  const { name, shape, data } = tensor as Tensor;
  return { name, dtype: format.host, shape, data: format.decode(data) };
}

/** Checks all of a tensor but its values; answers how its elements are to be read. */
export function checkWire(tensor: Tensor | undefined, field: string): ElementFormat {
  if (tensor === undefined) throw invalidField(field, 'a tensor is required');
  const format = formatByType[tensor.dtype];
  const violations: Violation[] = [];
  if (format === undefined) {
    const found = DataType[tensor.dtype] ?? tensor.dtype;
    violations.push({
      field: `${field}.dtype`,
      description: `must be FP32, FP16, BF16, INT32 or UINT8, found ${found}`,
    });
  }
  if (tensor.encoding !== Encoding.RAW && tensor.encoding !== Encoding.UNSPECIFIED) {
    const found = Encoding[tensor.encoding] ?? tensor.encoding;
    violations.push({ field: `${field}.encoding`, description: `must be RAW, found ${found}` });
  }
  violations.push(...shapeViolations(tensor.shape, `${field}.shape`));
  if (format === undefined || violations.length > 0) throw invalidFields(violations);
  checkByteCount(tensor, format, field);
  return format;
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

function checkByteCount(tensor: Tensor, format: ElementFormat, field: string): void {
  const wanted = elementCount(tensor.shape) * format.byteCount;
  if (tensor.data.length === wanted) return;
  const shape = `${format.name} [${tensor.shape.join(', ')}]`;
  const description = `must have ${wanted} bytes for ${shape}, found ${tensor.data.length}`;
  throw new LyceumError('SHAPE_MISMATCH', `${field}.data: ${description}`, {
    violations: [{ field: `${field}.data`, description }],
    metadata: { tensor: tensor.name },
  });
}
