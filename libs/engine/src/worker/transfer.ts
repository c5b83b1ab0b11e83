import type { Transferable } from 'node:worker_threads';

const lists = new WeakMap<object, readonly Transferable[]>();

/**
 * Marks what of `value` is to move to the other thread instead of being copied, and returns `value` itself. The
 * buffers are empty here afterwards, so never move a part of a pooled `Buffer` or memory that is used again.
 *
 * @example worker.api.step(transfer({ pixels }, [pixels.buffer]))
 */
export function transfer<T extends object>(value: T, list: readonly Transferable[]): T {
  lists.set(value, list);
  return value;
}

/** Everything marked in the arguments of one message, each once. */
export function transferListOf(values: readonly unknown[]): Transferable[] {
  const marked = values.filter((value) => typeof value === 'object' && value !== null);
  return [...new Set(marked.flatMap((value) => lists.get(value) ?? []))];
}

/** The buffers of tensors that have theirs to themselves, from start to end: these can be moved, views cannot. */
export function ownBuffers(tensors: Iterable<{ readonly data: ArrayBufferView }>): Transferable[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { data } of tensors) {
    const { buffer, byteLength } = data;
    if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) buffers.add(buffer);
  }
  return [...buffers];
}
