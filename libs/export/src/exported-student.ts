/** An input or output and its sizes; `batch` is any. */
export interface NamedShape {
  readonly name: string;
  readonly shape: readonly (number | 'batch')[];
}

/** A student in a format of other programs. */
export interface ExportedStudent {
  /** The file's content. */
  readonly bytes: Uint8Array;
  readonly architecture: string;
  /** Trainable numbers. */
  readonly parameterCount: number;
  /** Of the graph, or of the network that the weights are for. */
  readonly input: NamedShape;
  /** `logits` first. */
  readonly outputs: readonly NamedShape[];
  /** By channel, of pixels from 0 to 1: `(pixel - mean) / std`. Absent where the weights do not say it. */
  readonly normalization?: { readonly mean: readonly number[]; readonly std: readonly number[] };
}
