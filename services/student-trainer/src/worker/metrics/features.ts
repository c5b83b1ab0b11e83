/** What a network says of some samples: a row of `width` numbers each. */
export interface Features {
  /** `[count, width]`, flat. */
  readonly rows: Float32Array;
  readonly width: number;
  readonly count: number;
}

/** The same rows divided by their lengths; rows of zeros stay. */
export function unitRows({ rows, width, count }: Features): Features {
  const units = new Float32Array(rows.length);
  for (let row = 0; row < count; row += 1) {
    const start = row * width;
    let square = 0;
    for (let i = 0; i < width; i += 1) square += rows[start + i] ** 2;
    const length = Math.max(Math.sqrt(square), 1e-12);
    for (let i = 0; i < width; i += 1) units[start + i] = rows[start + i] / length;
  }
  return { rows: units, width, count };
}

/** Inner product of row `a` of one and row `b` of another. */
export function innerProduct(one: Features, a: number, other: Features, b: number): number {
  const { width } = one;
  const [left, right] = [a * width, b * width];
  let sum = 0;
  for (let i = 0; i < width; i += 1) sum += one.rows[left + i] * other.rows[right + i];
  return sum;
}
