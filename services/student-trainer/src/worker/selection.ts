/** Layers of a network that a selection chose, and what it went by. */
export interface Selection {
  /** The chosen taps, shallow to deep. */
  readonly taps: readonly string[];
  /** All layers that there were to choose from, shallow to deep. */
  readonly layers: readonly string[];
  /** 1 - similarity of each pair of layers. */
  readonly distances: readonly (readonly number[])[];
  /** The cluster of each layer, from 0. */
  readonly assignment: readonly number[];
  readonly similarity: string;
  readonly sampleCount: number;
}
