import { LyceumError } from '@lyceum/errors';
import { type HostTensor } from './host-tensor.js';

/**
 * Refuses NaN and infinity.
 *
 * @throws LyceumError NON_FINITE naming the field, the first such element's place and its value.
 */
export function requireFinite(tensor: HostTensor, field: string): void {
  const { data, shape } = tensor;
  if (!(data instanceof Float32Array) || allFinite(data)) return;
  const index = data.findIndex((value) => !Number.isFinite(value));
  const description = `must be finite, found ${data[index]} at [${placeOf(index, shape).join(', ')}]`;
  throw new LyceumError('NON_FINITE', `${field}: ${description}`, {
    violations: [{ field, description }],
    metadata: { tensor: tensor.name },
  });
}

/**
 * A sum is finite only if all its terms are: in double precision no number of floats can overflow it, and NaN and
 * infinity stay. Four sums keep the processor busy.
 */
function allFinite(data: Float32Array): boolean {
  const whole = data.length - (data.length % 4);
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < whole; i += 4) {
    a += data[i];
    b += data[i + 1];
    c += data[i + 2];
    d += data[i + 3];
  }
  for (let i = whole; i < data.length; i += 1) a += data[i];
  return Number.isFinite(a + b + c + d);
}

function placeOf(index: number, shape: readonly number[]): number[] {
  const place: number[] = [];
  let rest = index;
  for (const size of [...shape].reverse()) {
    place.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return place;
}
