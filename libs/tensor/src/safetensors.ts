// The file format of weights: 8 bytes of header length, a JSON header, the tensors' bytes without gaps.
import { LyceumError } from '@lyceum/errors';
import { formats, type ElementFormat } from './element-format.js';
import { elementCount, type HostTensor } from './host-tensor.js';
import { decodeLongs } from './longs.js';
import { readHeader, type HeaderEntry } from './safetensors-header.js';

/** Element types that are written and read; `I64` is read only, where its values fit into 32 bits. */
const formatByName: Readonly<Record<string, ElementFormat | undefined>> = {
  F32: formats.FP32,
  F16: formats.FP16,
  BF16: formats.BF16,
  I32: formats.INT32,
  U8: formats.UINT8,
};
const nameByHost = { f32: 'F32', i32: 'I32', u8: 'U8' } as const;

/** The content of a safetensors file. */
export interface SafetensorsContent {
  /** In the header's order. */
  readonly tensors: HostTensor[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Writes a safetensors file. The same input gives the same bytes.
 *
 * @param floats How f32 tensors are stored; F16 and BF16 round to nearest even.
 * @throws LyceumError INVALID_FIELD for a name twice, or the reserved name `__metadata__`.
 * @example writeFileSync('student.safetensors', encodeSafetensors(weights, { architecture: 'wrn-16-1' }))
 */
export function encodeSafetensors(
  tensors: readonly HostTensor[],
  metadata: Readonly<Record<string, string>> = {},
  floats: 'F32' | 'F16' | 'BF16' = 'F32',
): Uint8Array {
  const stored = tensors.map(({ name, dtype, shape, data }) => {
    const type = dtype === 'f32' ? floats : nameByHost[dtype];
    return { name, type, shape, bytes: formatOf(type, name).encode(data) };
  });
  checkNames(stored.map(({ name }) => name));
  // Widest elements first keeps every tensor aligned, as readers that map the file expect.
  const byWidth = [...stored].sort(
    (a, b) => formatOf(b.type, b.name).byteCount - formatOf(a.type, a.name).byteCount,
  );
  const offsets = new Map<string, readonly [number, number]>();
  let end = 0;
  for (const { name, bytes } of byWidth) offsets.set(name, [end, (end += bytes.length)]);

  const entries = stored.map(
    ({ name, type, shape }) => [name, { dtype: type, shape, data_offsets: offsets.get(name) }] as const,
  );
  const described =
    Object.keys(metadata).length === 0 ? entries : [['__metadata__', metadata] as const, ...entries];
  const json = new TextEncoder().encode(toJson(described));
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + headerBytes + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.fill(0x20, 8, 8 + headerBytes).set(json, 8);
  for (const { name, bytes } of stored) file.set(bytes, 8 + headerBytes + (offsets.get(name)?.[0] ?? 0));
  return file;
}

/** Not an object literal: names such as "0" would move to the front, and `__proto__` would be lost. */
function toJson(entries: readonly (readonly [string, unknown])[]): string {
  return `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
}

function checkNames(names: readonly string[]): void {
  const seen = new Set<string>(['__metadata__']);
  for (const name of names) {
    if (seen.has(name)) {
      const description =
        name === '__metadata__' ? 'is a reserved name' : `there are two tensors named "${name}"`;
      throw new LyceumError('INVALID_FIELD', `${name}: ${description}`, {
        violations: [{ field: name, description }],
      });
    }
    seen.add(name);
  }
}

/**
 * Reads a safetensors file. Tensors are views of `file` where alignment allows it; F16 and BF16 decode to f32,
 * I64 to i32.
 *
 * @param label What the file is called in errors.
 * @throws LyceumError CORRUPT_FILE for anything but a whole, well-formed file of supported element types.
 */
export function decodeSafetensors(file: Uint8Array, label = 'safetensors file'): SafetensorsContent {
  const { entries, metadata, dataStart } = readHeader(file, label);
  const tensors = entries.map((entry) => decodeEntry(entry, file.subarray(dataStart), label));
  return { tensors, metadata };
}

function decodeEntry(
  { name, dtype, shape, start, end }: HeaderEntry,
  data: Uint8Array,
  label: string,
): HostTensor {
  const bytes = data.subarray(start, end);
  const width = dtype === 'I64' ? 8 : formatOf(dtype, name, label).byteCount;
  const wanted = elementCount(shape) * width;
  if (bytes.length !== wanted) {
    throw corrupt(
      label,
      `tensor "${name}" of ${dtype} [${shape.join(', ')}] needs ${wanted} bytes, the header gives it ${bytes.length}`,
    );
  }
  if (dtype === 'I64')
    return { name, dtype: 'i32', shape, data: decodeLongs(bytes, `${label}: tensor "${name}"`) };
  const format = formatOf(dtype, name, label);
  return { name, dtype: format.host, shape, data: format.decode(bytes) };
}

function formatOf(dtype: string, name: string, label = 'safetensors file'): ElementFormat {
  const format = Object.hasOwn(formatByName, dtype) ? formatByName[dtype] : undefined;
  if (format === undefined) {
    throw corrupt(
      label,
      `tensor "${name}" has the element type "${dtype}"; supported are ${Object.keys(formatByName).join(', ')} and I64`,
    );
  }
  return format;
}

function corrupt(label: string, text: string): LyceumError {
  return new LyceumError('CORRUPT_FILE', `${label}: ${text}`);
}
