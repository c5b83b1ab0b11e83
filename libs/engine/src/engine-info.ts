/** What `startEngine` may be asked for; `auto` takes the best that this machine can run. */
export const backendChoices = ['auto', 'gpu', 'cpu', 'wasm', 'js'] as const;
export type BackendChoice = (typeof backendChoices)[number];
/** `gpu` and `cpu` are native TensorFlow, `wasm` and `js` are what is left without it. */
export type Backend = Exclude<BackendChoice, 'auto'>;

export interface EngineOptions {
  /** Default `auto`: GPU if there is one, else CPU, else WebAssembly, else plain JavaScript. */
  readonly backend?: BackendChoice;
  /**
   * Threads inside one operation. Default: `TF_NUM_INTRAOP_THREADS`, else the processors this process may use.
   * Another number gives other roundings, so runs to be compared bit for bit need the same.
   */
  readonly threads?: number;
}

/** What is running, for logs, reports and `lyceum doctor`. */
export interface EngineInfo {
  readonly backend: Backend;
  /** The npm package behind it, for instance `@tensorflow/tfjs-node`. */
  readonly package: string;
  readonly packageVersion: string;
  /** Absent where no native TensorFlow is loaded. */
  readonly tensorflowVersion?: string;
  /** `cpu`, or the name of the GPU. */
  readonly device: string;
  readonly threads: number;
  /** Node's version. */
  readonly node: string;
  /** What a person should know: fallbacks taken, and what to do about them. */
  readonly notes: readonly string[];
}
