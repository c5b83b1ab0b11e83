import { LyceumError } from '@lyceum/errors';
import type { EncodedFormat } from './encoded-format.js';
import { recordsOf } from './records.js';

/** Most classes that an index of 2 bytes tells apart. */
const classLimit = 2 ** 16;
const indexBytes = 2;
const entryBytes = indexBytes + 4;
/** Bytes of the logarithm of the others' mass. */
const restBytes = 4;
/** Of a whole tensor: a message of few bytes must not ask for any amount of memory. */
const elementLimit = 2 ** 26;

/**
 * The largest logits of each sample and the logarithm of the others' mass at temperature 1, `ENCODING_TOP_K`. The
 * others come back equal, with that mass.
 */
export const topK: EncodedFormat = {
  name: 'TOP_K',
  shapeProblem: (shape) => {
    const [samples, classes] = shape;
    if (shape.length !== 2 || classes < 2 || classes > classLimit) {
      return `must be [N, C] with C from 2 to ${classLimit} for TOP_K`;
    }
    return samples * classes <= elementLimit
      ? undefined
      : `must have at most ${elementLimit} logits for TOP_K`;
  },
  recordProblem: ({ shape }, bytes) => {
    const k = countOf(bytes);
    if (Number.isInteger(k) && k >= 1 && k < shape[1]) return undefined;
    return `6k + 4 bytes with k from 1 to ${shape[1] - 1}`;
  },
  decodeInto: (tensor, target, offset, field) => {
    const { count, bytes, view } = recordsOf(tensor);
    const classCount = tensor.shape[1];
    const k = countOf(bytes);
    // The last row that had a logit for a class, counted from 1.
    const seen = new Uint32Array(classCount);
    for (let row = 0; row < count; row += 1) {
      const [start, to] = [row * bytes, offset + row * classCount];
      const rest = view.getFloat32(start + k * entryBytes, true);
      if (!Number.isFinite(rest))
        throw bad(`the others' mass of row ${row} must be finite, found ${rest}`, field);
      target.fill(rest - Math.log(classCount - k), to, to + classCount);
      for (let i = 0; i < k; i += 1) {
        const index = view.getUint16(start + i * indexBytes, true);
        const logit = view.getFloat32(start + k * indexBytes + i * 4, true);
        if (index >= classCount || seen[index] === row + 1 || !Number.isFinite(logit)) {
          throw bad(entryProblem(index, classCount, logit, `${i} of row ${row}`), field);
        }
        seen[index] = row + 1;
        target[to + index] = logit;
      }
    }
  },
};

const countOf = (bytes: number): number => (bytes - restBytes) / entryBytes;

function entryProblem(index: number, classCount: number, logit: number, place: string): string {
  if (index >= classCount) return `index ${place} must be below ${classCount}, found ${index}`;
  if (!Number.isFinite(logit)) return `logit ${place} must be finite, found ${logit}`;
  return `index ${place} must not occur twice, found ${index} again`;
}

function bad(description: string, field: string): LyceumError {
  return new LyceumError('INVALID_FIELD', `${field}.data: ${description}`, {
    violations: [{ field: `${field}.data`, description }],
  });
}

/** The records of finite logits, rows of `classCount`; of equal ones those of lower classes are kept. */
export function encodeTopK(logits: Float32Array, classCount: number, k: number): Uint8Array {
  const count = logits.length / classCount;
  const bytes = k * entryBytes + restBytes;
  const out = new Uint8Array(count * bytes);
  const view = new DataView(out.buffer);
  const kept = new Uint16Array(k);
  const isKept = new Uint8Array(classCount);
  for (let row = 0; row < count; row += 1) {
    const start = row * bytes;
    const values = logits.subarray(row * classCount, (row + 1) * classCount);
    keepLargest(values, kept);
    isKept.fill(0);
    for (let i = 0; i < k; i += 1) {
      isKept[kept[i]] = 1;
      view.setUint16(start + i * indexBytes, kept[i], true);
      view.setFloat32(start + k * indexBytes + i * 4, values[kept[i]], true);
    }
    view.setFloat32(start + k * entryBytes, othersMass(values, isKept), true);
  }
  return out;
}

/** Fills `kept` with the places of the largest values, largest first. */
function keepLargest(values: Float32Array, kept: Uint16Array): void {
  let count = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    if (count === kept.length && value <= values[kept[count - 1]]) continue;
    if (count < kept.length) count += 1;
    let place = count - 1;
    for (; place > 0 && values[kept[place - 1]] < value; place -= 1) kept[place] = kept[place - 1];
    kept[place] = index;
  }
}

/** The logarithm of the sum of the exponentials of what is not kept. */
function othersMass(values: Float32Array, isKept: Uint8Array): number {
  let largest = -Infinity;
  for (let i = 0; i < values.length; i += 1) if (isKept[i] === 0) largest = Math.max(largest, values[i]);
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) if (isKept[i] === 0) sum += Math.exp(values[i] - largest);
  return largest + Math.log(sum);
}
