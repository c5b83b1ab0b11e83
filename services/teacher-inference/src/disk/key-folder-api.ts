import type { SlabSpec } from './slab-layout.js';

/** What the thread of a key folder is given. */
export interface KeyFolderInput {
  readonly folder: string;
  readonly limitBytes: number;
}

/** What it tells by itself. */
export interface KeyFolderEvent {
  readonly warning: string;
}

/** What it does when asked. */
export interface KeyFolderApi {
  get(spec: SlabSpec, indices: Int32Array): Float32Array[] | undefined;
  put(spec: SlabSpec, indices: Int32Array, tensors: readonly Float32Array[]): boolean;
  close(): void;
}
