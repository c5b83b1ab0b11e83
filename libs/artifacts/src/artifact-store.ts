/** What to store: all bytes at once, or parts that are written one after the other. */
export type ArtifactData = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Proof that the writer still holds its task. Within `scope` (a key or a folder of keys) only the highest token
 * that was ever claimed may write; a writer with a lower one gets LEASE_LOST and changes nothing.
 */
export interface ArtifactFence {
  readonly scope: string;
  /** The fence of the task's lease, a whole number from 0. */
  readonly token: number;
}

/** Facts of a stored artifact. */
export interface ArtifactInfo {
  readonly key: string;
  readonly sizeBytes: number;
  /** 64 hex digits; undefined for a file that was put there by hand, which is served unchecked. */
  readonly sha256: string | undefined;
  readonly modified: Date;
}

/** What `put` stored. */
export interface StoredArtifact {
  readonly key: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface WriteOptions {
  readonly fence?: ArtifactFence;
}

/**
 * Weights, checkpoints and caches by key. A key is a path of segments (`run-7/teacher/weights.safetensors`); every
 * method throws INVALID_FIELD for a malformed one. One driver a URL scheme, all with this behaviour.
 */
export interface ArtifactStore {
  /** Where it is, as a URL. */
  readonly url: string;

  /**
   * Stores an artifact as a whole or not at all: a reader sees the previous version until the new one is durable.
   * Errors: DISK_FULL (the previous version stays, nothing is left behind), LEASE_LOST, FORBIDDEN (no permission).
   */
  put(key: string, data: ArtifactData, options?: WriteOptions): Promise<StoredArtifact>;

  /**
   * All bytes, checked against the checksum of `put`; a buffer of their own that starts at offset 0.
   * Errors: UNKNOWN_NAME, CORRUPT_FILE.
   */
  get(key: string): Promise<Uint8Array<ArrayBuffer>>;

  /** Facts without reading the content; undefined when there is no such artifact. */
  head(key: string): Promise<ArtifactInfo | undefined>;

  /** The keys under a folder of keys (`''`: all), in ascending order of their characters. */
  list(prefix?: string): Promise<string[]>;

  /** Removes an artifact; false when there was none. Errors: LEASE_LOST. */
  remove(key: string, options?: WriteOptions): Promise<boolean>;

  /**
   * Shuts out every lower token from the fence's scope, at once and for good. A worker that takes over a task calls
   * it before it reads the task's last checkpoint. Errors: LEASE_LOST when a higher token was claimed already.
   */
  claim(fence: ArtifactFence): Promise<void>;

  /** The file that holds the artifact, for programs that read files; undefined where the store has none. Not checked. */
  localPath(key: string): string | undefined;

  /** Removes what writers that died left behind, and says how many files that were. */
  sweep(): Promise<number>;

  close(): Promise<void>;
}
