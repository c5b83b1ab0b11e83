import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LyceumError } from '@lyceum/errors';

/** A tensor in a vector file: flat, row-major. */
export interface VectorTensor {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
  readonly data: readonly number[];
}

/** A tensor, or a bare number for a scalar. */
export type VectorValue = VectorTensor | number;

export interface VectorExpectation {
  readonly value?: number;
  readonly terms?: Readonly<Record<string, number>>;
  readonly grads?: Readonly<Record<string, VectorTensor>>;
  readonly state?: Readonly<Record<string, VectorValue>>;
  readonly outputs?: Readonly<Record<string, VectorTensor>>;
  readonly teacherSide?: Readonly<Record<string, VectorTensor>>;
}

export interface VectorErrors {
  readonly value?: number;
  readonly grads?: Readonly<Record<string, number>>;
  readonly outputs?: Readonly<Record<string, number>>;
}

/** Where recorded numbers come from: whose code ran, or what they were computed from instead. */
export interface VectorSource {
  /** `owner/name` of the repository whose code ran. */
  readonly repo?: string;
  /** The formulas or code that were written anew. */
  readonly reimplementation?: string;
  /** The equation that was worked by hand. */
  readonly worked?: string;
}

/** One recorded case: inputs, and what the original computed from them. */
export interface RecordedCase {
  readonly name: string;
  readonly variant: string;
  readonly kind?: 'operator';
  readonly check: 'exact' | 'finite';
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, VectorTensor>>;
  readonly weights?: Readonly<Record<string, VectorTensor>>;
  readonly state?: Readonly<Record<string, VectorValue>>;
  readonly expect: VectorExpectation;
  /** How far the original in float32 is from itself in float64. */
  readonly float32Error?: VectorErrors;
  /** Its own, else that of its file. */
  readonly source?: VectorSource;
}

export interface VectorFile {
  readonly path: string;
  readonly loss: string;
  readonly cases: readonly RecordedCase[];
}

/**
 * Reads the vector files of a folder, sorted by name. JSON files of another make (model inventories) are passed over.
 * @throws LyceumError CORRUPT_FILE for broken JSON; INVALID_FIELD for a folder without vectors.
 */
export async function readVectors(folder: string): Promise<readonly VectorFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  const files = await Promise.all(names.map((name) => readVectorFile(join(folder, name))));
  const found = files.filter((file) => file !== undefined);
  if (found.length === 0)
    throw new LyceumError('INVALID_FIELD', `${folder}: holds no vector files (*.json with a "loss")`);
  return found;
}

async function readVectorFile(path: string): Promise<VectorFile | undefined> {
  const text = await readFile(path, 'utf8');
  const content = parse(text, path);
  if (typeof content.loss !== 'string' && content.cases === undefined) return undefined;
  const loss = content.loss ?? basename(path, '.json');
  if (!Array.isArray(content.cases) || content.cases.length === 0) {
    throw new LyceumError('CORRUPT_FILE', `${path}: "cases" must be a list with at least one case`);
  }
  const { source = {} } = content;
  const cases = content.cases as readonly RecordedCase[];
  return { path, loss, cases: cases.map((recorded) => ({ source, ...recorded })) };
}

interface Content {
  readonly loss?: string;
  readonly source?: VectorSource;
  readonly cases?: unknown;
}

function parse(text: string, path: string): Content {
  try {
    return JSON.parse(text) as Content;
  } catch (cause) {
    throw new LyceumError('CORRUPT_FILE', `${path}: is not JSON`, { cause });
  }
}

/** The numbers of a recorded tensor or scalar. */
export function numbersOf(value: VectorValue): readonly number[] {
  return typeof value === 'number' ? [value] : value.data;
}
