import type { HostTensor } from '@lyceum/tensor';
import type { MemoryBudget } from './memory-budget.js';

interface Slab {
  readonly rows: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly size: number;
    readonly data: Float32Array;
  }[];
  /** 1 for each sample that is known. It stands for the slab in the budget. */
  readonly present: Uint8Array;
}

/**
 * Keys that were computed before, in memory: one slab for each (teacher, keys, data, view), a row a sample, so
 * that any batch of known samples is answered without the network.
 */
export class KeyCache {
  private readonly slabs = new Map<string, Slab>();

  constructor(private readonly budget: MemoryBudget) {}

  /** Whether all of these samples are known. */
  has(name: string, indices: Int32Array): boolean {
    const present = this.slabs.get(name)?.present;
    return present !== undefined && indices.every((index) => present[index] === 1);
  }

  /** The answer for these samples, when all of them are known. */
  get(name: string, indices: Int32Array): HostTensor[] | undefined {
    const slab = this.slabs.get(name);
    if (slab === undefined || !this.has(name, indices)) return undefined;
    this.budget.touch(slab.present);
    return slab.rows.map(({ name: tensor, shape, size, data }) => {
      const gathered = new Float32Array(indices.length * size);
      for (let i = 0; i < indices.length; i += 1) {
        const start = indices[i] * size;
        gathered.set(data.subarray(start, start + size), i * size);
      }
      return { name: tensor, dtype: 'f32', shape: [indices.length, ...shape], data: gathered };
    });
  }

  /**
   * Remembers an answer.
   * @returns false, and nothing is remembered, when its slab is beyond the memory's limit.
   */
  put(name: string, sampleCount: number, indices: Int32Array, answer: readonly HostTensor[]): boolean {
    const slab = this.slabs.get(name) ?? this.allocate(name, sampleCount, answer);
    if (slab === undefined) return false;
    this.budget.touch(slab.present);
    slab.rows.forEach(({ size, data }, t) => {
      const values = answer[t].data as Float32Array;
      for (let i = 0; i < indices.length; i += 1) {
        data.set(values.subarray(i * size, (i + 1) * size), indices[i] * size);
      }
    });
    for (const index of indices) slab.present[index] = 1;
    return true;
  }

  private allocate(name: string, sampleCount: number, answer: readonly HostTensor[]): Slab | undefined {
    const shapes = answer.map(({ name: tensor, shape }) => {
      const row = shape.slice(1);
      return { name: tensor, shape: row, size: row.reduce((a, b) => a * b, 1) };
    });
    const bytes = shapes.reduce((sum, { size }) => sum + size * 4 * sampleCount, sampleCount);
    const present = new Uint8Array(sampleCount);
    const claimed = this.budget.claim(present, bytes, () => this.slabs.delete(name));
    if (!claimed) return undefined;
    const rows = shapes.map((row) => ({ ...row, data: new Float32Array(row.size * sampleCount) }));
    const slab = { rows, present };
    this.slabs.set(name, slab);
    return slab;
  }
}
