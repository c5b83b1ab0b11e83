import type { HostTensor } from '@lyceum/tensor';

/** Shapes of an answer's tensors without the batch dimension. */
export interface RowShape {
  readonly name: string;
  readonly shape: readonly number[];
}

interface Slab {
  readonly rows: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly size: number;
    readonly data: Float32Array;
  }[];
  readonly present: Uint8Array;
  readonly bytes: number;
}

/**
 * Keys that were computed before, in memory: one slab for each (teacher, keys, data, view), a row a sample, so
 * that any batch of known samples is answered without the network. The least recently used slab goes first.
 */
export class KeyCache {
  private readonly slabs = new Map<string, Slab>();
  private usedBytes = 0;
  hits = 0;
  misses = 0;

  constructor(private readonly limitBytes: number) {}

  /** The answer for these samples, when all of them are known. */
  get(name: string, indices: Int32Array): HostTensor[] | undefined {
    const slab = this.slabs.get(name);
    if (slab === undefined || !indices.every((index) => slab.present[index] === 1)) {
      this.misses += 1;
      return undefined;
    }
    this.hits += 1;
    this.slabs.delete(name);
    this.slabs.set(name, slab);
    return slab.rows.map(({ name: tensor, shape, size, data }) => {
      const gathered = new Float32Array(indices.length * size);
      for (let i = 0; i < indices.length; i += 1) {
        const start = indices[i] * size;
        gathered.set(data.subarray(start, start + size), i * size);
      }
      return { name: tensor, dtype: 'f32', shape: [indices.length, ...shape], data: gathered };
    });
  }

  /** Remembers an answer; does nothing when its slab would not fit into the limit. */
  put(name: string, sampleCount: number, indices: Int32Array, answer: readonly HostTensor[]): void {
    const slab = this.slabs.get(name) ?? this.allocate(name, sampleCount, answer);
    if (slab === undefined) return;
    slab.rows.forEach(({ size, data }, t) => {
      const values = answer[t].data as Float32Array;
      for (let i = 0; i < indices.length; i += 1) {
        data.set(values.subarray(i * size, (i + 1) * size), indices[i] * size);
      }
    });
    for (const index of indices) slab.present[index] = 1;
  }

  private allocate(name: string, sampleCount: number, answer: readonly HostTensor[]): Slab | undefined {
    const shapes = answer.map(({ name: tensor, shape }) => {
      const row = shape.slice(1);
      return { name: tensor, shape: row, size: row.reduce((a, b) => a * b, 1) };
    });
    const bytes = shapes.reduce((sum, { size }) => sum + size * 4 * sampleCount, sampleCount);
    if (bytes > this.limitBytes) return undefined;
    for (const [oldest, slab] of this.slabs) {
      if (this.usedBytes + bytes <= this.limitBytes) break;
      this.slabs.delete(oldest);
      this.usedBytes -= slab.bytes;
    }
    const rows = shapes.map((row) => ({ ...row, data: new Float32Array(row.size * sampleCount) }));
    const slab = { rows, present: new Uint8Array(sampleCount), bytes };
    this.slabs.set(name, slab);
    this.usedBytes += bytes;
    return slab;
  }
}
