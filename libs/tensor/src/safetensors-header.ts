import { LyceumError } from '@lyceum/errors';

/** One tensor as the header describes it; offsets count from the end of the header. */
export interface HeaderEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: number[];
  readonly start: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly entries: readonly HeaderEntry[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the tensors' bytes start in the file. */
  readonly dataStart: number;
}

/** The limit of the format's authors. */
const maxHeaderBytes = 100_000_000;
const maxRank = 16;

/** Reads and checks the header; afterwards every entry lies in the file, and no two overlap. */
export function readHeader(file: Uint8Array, label: string): SafetensorsHeader {
  const fail = (text: string, cause?: unknown) =>
    new LyceumError('CORRUPT_FILE', `${label}: ${text}`, { cause });
  if (file.length < 8) throw fail(`is ${file.length} bytes long, too short for a header`);
  const length = Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true));
  if (length > maxHeaderBytes)
    throw fail(
      `the header length is ${length}, more than ${maxHeaderBytes}: not a safetensors file, or damaged`,
    );
  if (8 + length > file.length)
    throw fail(`the header needs ${8 + length} bytes, the file has ${file.length}: it is cut off or damaged`);
  const dataStart = 8 + length;
  const { __metadata__: metadata, ...tensors } = parse(file.subarray(8, dataStart), fail);
  const entries = Object.entries(tensors).map(([name, value]) => readEntry(name, value, fail));
  checkCoverage(entries, file.length - dataStart, fail);
  return { entries, metadata: readMetadata(metadata, fail), dataStart };
}

type Fail = (text: string, cause?: unknown) => LyceumError;

function parse(bytes: Uint8Array, fail: Fail): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw fail('the header is not JSON', cause);
  }
  if (!isRecord(value)) throw fail('the header is not a JSON object');
  return value;
}

function readMetadata(value: unknown, fail: Fail): Record<string, string> {
  if (value === undefined) return {};
  const isText = isRecord(value) && Object.values(value).every((text) => typeof text === 'string');
  if (!isText) throw fail('__metadata__ must map names to strings');
  return value as Record<string, string>;
}

function readEntry(name: string, value: unknown, fail: Fail): HeaderEntry {
  if (!isRecord(value)) throw fail(`tensor "${name}" is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string') throw fail(`tensor "${name}" has no dtype`);
  if (!isCounts(shape) || shape.length > maxRank)
    throw fail(`tensor "${name}" has the shape ${JSON.stringify(shape)}`);
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw fail(`tensor "${name}" has the offsets ${JSON.stringify(offsets)}`);
  }
  return { name, dtype, shape, start: offsets[0], end: offsets[1] };
}

/** The format allows neither gaps nor overlaps nor bytes that belong to no tensor. */
function checkCoverage(entries: readonly HeaderEntry[], byteCount: number, fail: Fail): void {
  const inOrder = [...entries].sort((a, b) => a.start - b.start || a.end - b.end);
  let end = 0;
  for (const entry of inOrder) {
    if (entry.start !== end) {
      const how = entry.start < end ? 'overlaps the tensor before it' : 'leaves a gap before it';
      throw fail(`tensor "${entry.name}" at ${entry.start} ${how}, which ends at ${end}`);
    }
    end = entry.end;
  }
  if (end !== byteCount)
    throw fail(`the tensors need ${end} bytes, the file has ${byteCount}: it is cut off or damaged`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return (
    Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && (count as number) >= 0)
  );
}
