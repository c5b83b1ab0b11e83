import { invalidField, LyceumError } from '@lyceum/errors';
import { checkKey } from './artifact-key.js';
import type { ArtifactData, ArtifactFence, ArtifactStore, StoredArtifact } from './artifact-store.js';

export interface CheckpointOptions {
  /** How many to keep, from 1. @default 3 */
  readonly keep?: number;
  /** The lease under which checkpoints are written; its scope must cover the prefix. */
  readonly fence?: ArtifactFence;
  /** Told of every damaged checkpoint that `latest` passes over. */
  readonly onDamaged?: (key: string, error: LyceumError) => void;
}

/** A checkpoint as it was saved. */
export interface Checkpoint {
  readonly key: string;
  readonly step: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The checkpoints of one task, by step: `<prefix>/step-000000000300`. */
export class CheckpointStore {
  private readonly keep: number;

  constructor(
    private readonly store: ArtifactStore,
    private readonly prefix: string,
    private readonly options: CheckpointOptions = {},
  ) {
    this.keep = options.keep ?? 3;
    checkKey(prefix, 'prefix');
    if (!Number.isSafeInteger(this.keep) || this.keep < 1) {
      throw invalidField('keep', `must be a whole number from 1, found ${this.keep}`);
    }
  }

  /**
   * Saves the state after a step, then drops all but the newest `keep`.
   * Errors: DISK_FULL (every earlier checkpoint stays), LEASE_LOST.
   */
  async save(step: number, data: ArtifactData): Promise<StoredArtifact> {
    const stored = await this.store.put(this.keyOf(step), data, this.write);
    for (const old of (await this.steps()).slice(this.keep))
      await this.store.remove(this.keyOf(old), this.write);
    return stored;
  }

  /**
   * The newest checkpoint whose checksum is right; undefined when there is none. With a fence, earlier holders of
   * the lease are shut out first, so that what is read here is final. Errors: LEASE_LOST.
   */
  async latest(): Promise<Checkpoint | undefined> {
    if (this.options.fence) await this.store.claim(this.options.fence);
    for (const step of await this.steps()) {
      const key = this.keyOf(step);
      try {
        return { key, step, bytes: await this.store.get(key) };
      } catch (error) {
        if (!(error instanceof LyceumError) || error.reason !== 'CORRUPT_FILE') throw error;
        this.options.onDamaged?.(key, error);
      }
    }
    return undefined;
  }

  /** The steps there are checkpoints of, newest first. */
  async steps(): Promise<number[]> {
    const start = `${this.prefix}/step-`;
    const keys = (await this.store.list(this.prefix)).filter((key) =>
      /^\d{12}$/.test(key.slice(start.length)),
    );
    return keys
      .filter((key) => key.startsWith(start))
      .map((key) => Number(key.slice(start.length)))
      .reverse();
  }

  /** The key of a step's checkpoint. */
  keyOf(step: number): string {
    if (!Number.isSafeInteger(step) || step < 0 || step >= 1e12) {
      throw invalidField('step', `must be a whole number from 0 below 10^12, found ${step}`);
    }
    return `${this.prefix}/step-${String(step).padStart(12, '0')}`;
  }

  private get write(): { fence?: ArtifactFence } {
    return this.options.fence ? { fence: this.options.fence } : {};
  }
}
