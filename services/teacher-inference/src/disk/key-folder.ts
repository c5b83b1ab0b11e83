import { RecentMap } from '../recent-map.js';
import { makeRoom } from './folder-room.js';
import { SlabFile } from './slab-file.js';
import { layoutOf, type SlabLayout, type SlabSpec } from './slab-layout.js';

export interface KeyFolderOptions {
  readonly folder: string;
  /** Most bytes of all files together. */
  readonly limitBytes: number;
  /** Called once for each kind of trouble, with a line for the operator. */
  readonly warn: (message: string) => void;
}

interface OpenSlab {
  readonly file: SlabFile;
  usedAt: number;
  touchedAt: number;
}

/** Most files that are open at a time. */
const openLimit = 64;
/** How many slabs something is remembered of. */
const rememberedLimit = 256;
/** How often other processes learn that a file is in use. */
const touchMs = 10_000;
/** How long a slab that found no room is left alone. */
const refusedMs = 60_000;

/**
 * Keys that outlive the process: a folder with a file for each plan and view, bounded, which several processes may use at
 * the same time. What goes wrong with it is never the caller's trouble: what cannot be read is absent, and when a file
 * cannot be written nothing more is. It works by blocking calls, so give it a thread of its own.
 */
export class KeyFolder {
  /** In the order of use, least recent first. */
  private readonly slabs = new Map<string, OpenSlab>();
  private readonly layouts = new RecentMap<SlabLayout>(rememberedLimit);
  /** When a slab found no room. */
  private readonly refused = new RecentMap<number>(rememberedLimit);
  private readonly warnedOf = new Set<string>();
  private isWritable = true;

  constructor(private readonly options: KeyFolderOptions) {}

  /** The tensors of these samples, when all of them are known. */
  get(spec: SlabSpec, indices: Int32Array): Float32Array[] | undefined {
    const layout = this.layoutOf(spec);
    try {
      return this.opened(layout, false)?.read(indices);
    } catch (error) {
      this.forget(layout.fileName);
      this.warnOnce('cannot be read, so what it holds is computed again', error);
      return undefined;
    }
  }

  /**
   * Remembers the tensors of these samples for good.
   * @returns whether it did.
   */
  put(spec: SlabSpec, indices: Int32Array, tensors: readonly Float32Array[]): boolean {
    if (!this.isWritable) return false;
    const layout = this.layoutOf(spec);
    try {
      const file =
        this.opened(layout, false) ?? (this.hasRoom(layout) ? this.opened(layout, true) : undefined);
      file?.write(indices, tensors);
      return file !== undefined;
    } catch (error) {
      this.isWritable = false;
      this.warnOnce('cannot be written any more, so nothing else is kept until the next start', error);
      return false;
    }
  }

  close(): void {
    this.tellUse(0);
    for (const name of [...this.slabs.keys()]) this.forget(name);
  }

  private layoutOf(spec: SlabSpec): SlabLayout {
    const name = JSON.stringify(spec);
    const layout = this.layouts.get(name) ?? layoutOf(spec);
    this.layouts.add(name, layout);
    return layout;
  }

  private opened(layout: SlabLayout, create: boolean): SlabFile | undefined {
    const { fileName } = layout;
    const known = this.slabs.get(fileName);
    if (known !== undefined && !known.file.isRemoved) {
      this.use(fileName, known);
      return known.file;
    }
    this.forget(fileName);
    const file = SlabFile.open(this.options.folder, layout, { create });
    if (file === undefined) return undefined;
    this.use(fileName, { file, usedAt: 0, touchedAt: 0 });
    for (const oldest of [...this.slabs.keys()].slice(0, -openLimit)) this.forget(oldest);
    return file;
  }

  private use(fileName: string, slab: OpenSlab): void {
    this.slabs.delete(fileName);
    this.slabs.set(fileName, slab);
    slab.usedAt = now();
    this.tell(slab, touchMs);
  }

  private hasRoom(layout: SlabLayout): boolean {
    const { fileName } = layout;
    if (now() - (this.refused.get(fileName) ?? -Infinity) < refusedMs) return false;
    this.tellUse(0);
    const isThere = makeRoom(this.options.folder, layout, this.options.limitBytes);
    if (!isThere) this.refused.add(fileName, now());
    return isThere;
  }

  private tellUse(sinceMs: number): void {
    for (const slab of this.slabs.values()) this.tell(slab, sinceMs);
  }

  /** Notes at a file when it was used, unless that was done so short a time ago. */
  private tell(slab: OpenSlab, sinceMs: number): void {
    if (slab.usedAt - slab.touchedAt <= sinceMs) return;
    slab.touchedAt = slab.usedAt;
    slab.file.touch(slab.usedAt);
  }

  private forget(fileName: string): void {
    this.slabs.get(fileName)?.file.close();
    this.slabs.delete(fileName);
  }

  private warnOnce(what: string, error: unknown): void {
    if (this.warnedOf.has(what)) return;
    this.warnedOf.add(what);
    this.options.warn(
      `${this.options.folder} ${what}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Milliseconds since 1970, with a fraction that tells uses in the same one apart. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
