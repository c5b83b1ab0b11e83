import { Encoding, type Tensor } from '@lyceum/contracts/tensor';
import { LyceumError } from '@lyceum/errors';
import { allocate } from './element-format.js';
import { elementCount, type HostTensor } from './host-tensor.js';
import { checkWire, fromWire } from './wire.js';

/** Bytes of tensors in one message: where gRPC over loopback is fastest. */
const defaultMaxBytes = 2 ** 20;

/**
 * Packs tensors into messages of at most `maxBytes` of data: small ones share a message, a large one is cut
 * into consecutive rows, each cut a tensor of the same name. A row larger than `maxBytes` has its own message.
 * Nothing is copied. There is always one message, if an empty one.
 */
export function splitRows(tensors: readonly Tensor[], maxBytes = defaultMaxBytes): Tensor[][] {
  let message: Tensor[] = [];
  let room = maxBytes;
  const messages = [message];
  for (const tensor of tensors) {
    const rowCount = tensor.shape[0] ?? 1;
    const rowBytes = tensor.data.length / Math.max(1, rowCount);
    let start = 0;
    do {
      let count =
        rowBytes === 0 ? rowCount : Math.min(rowCount - start, Math.max(0, Math.floor(room / rowBytes)));
      if (count === 0 && message.length > 0 && rowBytes > 0) {
        messages.push((message = []));
        room = maxBytes;
        continue;
      }
      count = Math.max(count, Math.min(1, rowCount));
      message.push(count === rowCount ? tensor : rowsOf(tensor, start, count, rowBytes));
      room -= count * rowBytes;
      start += count;
    } while (start < rowCount);
  }
  return messages;
}

function rowsOf(tensor: Tensor, start: number, count: number, rowBytes: number): Tensor {
  const data = tensor.data.subarray(start * rowBytes, (start + count) * rowBytes);
  return { ...tensor, shape: [count, ...tensor.shape.slice(1)], data };
}

/**
 * The way back: tensors of one name are joined along their first dimension in order of arrival. A tensor that
 * came whole is a view of its message where alignment allows it; others are decoded into new memory once.
 *
 * @param field Where the parts were found, for instance `keys`; errors name `keys[3].data`.
 * @throws LyceumError as `fromWire` does; SHAPE_MISMATCH when parts of one tensor differ in dtype, encoding or row shape.
 */
export function joinRows(parts: readonly Tensor[], field: string): HostTensor[] {
  const places = new Map<string, number[]>();
  parts.forEach(({ name }, i) => {
    const known = places.get(name);
    if (known === undefined) places.set(name, [i]);
    else known.push(i);
  });
  return [...places.values()].map((indices) =>
    indices.length === 1
      ? fromWire(parts[indices[0]], `${field}[${indices[0]}]`)
      : joinTensor(parts, indices, field),
  );
}

function joinTensor(parts: readonly Tensor[], indices: readonly number[], field: string): HostTensor {
  const first = parts[indices[0]];
  const rowShape = first.shape.slice(1);
  const checked = indices.map((index) => {
    const part = parts[index];
    const reader = checkWire(part, `${field}[${index}]`);
    const sameRows =
      part.shape.length === first.shape.length && rowShape.every((size, d) => part.shape[d + 1] === size);
    if (!sameRows || part.shape.length === 0 || !isSentAs(part, first)) {
      throw mismatch(part, first, `${field}[${index}]`);
    }
    return { reader, part };
  });
  const rowCount = checked.reduce((sum, { part }) => sum + part.shape[0], 0);
  const shape = [rowCount, ...rowShape];
  const { host } = checked[0].reader;
  const data = allocate(host, elementCount(shape));
  let offset = 0;
  for (const { reader, part } of checked) {
    reader.readInto(data, offset);
    offset += elementCount(part.shape);
  }
  return { name: first.name, dtype: host, shape, data };
}

function isSentAs({ dtype, encoding }: Tensor, other: Tensor): boolean {
  const isRaw = (one: Encoding) => one === Encoding.RAW || one === Encoding.UNSPECIFIED;
  return dtype === other.dtype && (encoding === other.encoding || (isRaw(encoding) && isRaw(other.encoding)));
}

function mismatch(part: Tensor, first: Tensor, field: string): LyceumError {
  const description = `part of "${part.name}" must have the dtype, encoding and row shape of the first part, [n, ${first.shape.slice(1).join(', ')}]; found [${part.shape.join(', ')}]`;
  return new LyceumError('SHAPE_MISMATCH', `${field}: ${description}`, {
    violations: [{ field, description }],
  });
}
