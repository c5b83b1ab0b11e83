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

/** Zero times a number is zero unless it is NaN or infinite; a sum without branches is the fastest test. */
function allFinite(data: Float32Array): boolean {
  const whole = data.length - (data.length % 4);
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < whole; i += 4) {
    a += data[i] * 0;
    b += data[i + 1] * 0;
    c += data[i + 2] * 0;
    d += data[i + 3] * 0;
  }
  for (let i = whole; i < data.length; i += 1) a += data[i] * 0;
  return a + b + c + d === 0;
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
