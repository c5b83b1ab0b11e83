/** First centres, numbers from 0: first to last layer in equal steps, rounded down. */
export function spreadCentres(clusters: number, layers: number): readonly number[] {
  return Array.from({ length: clusters }, (_, place) =>
    clusters === 1 ? 0 : Math.floor((place * (layers - 1)) / (clusters - 1)),
  );
}

/** The cluster of each layer, and the layer at the centre of each cluster. */
export interface LayerClusters {
  readonly assignment: readonly number[];
  readonly centres: readonly number[];
}

/**
 * K-means of layers by their distances, `[L, L]` row-major: a layer joins the nearest centre (first on ties, to 1e-5), a
 * centre moves to the member closest to the middle of its members' numbers (lowest on ties), one without members stays.
 */
export function clusterLayers(
  distances: Float32Array,
  initial: readonly number[],
  rounds: number,
): LayerClusters {
  const layers = Array.from({ length: Math.sqrt(distances.length) }, (_, layer) => layer);
  let centres = initial;
  for (let round = 1; ; round += 1) {
    const assignment = layers.map((layer) =>
      nearest(
        centres.map((centre) => distances[layer * layers.length + centre]),
        1e-5,
      ),
    );
    const moved = centres.map((centre, place) => {
      const members = layers.filter((layer) => assignment[layer] === place);
      if (members.length === 0) return centre;
      const middle = Math.trunc(members.reduce((sum, member) => sum + member, 0) / members.length);
      return members[
        nearest(
          members.map((member) => Math.abs(member - middle)),
          0,
        )
      ];
    });
    const isSettled = moved.join() === centres.join();
    centres = moved;
    if (isSettled || round >= rounds) return { assignment, centres };
  }
}

/** Place of the smallest number, the first of those that differ by no more than `tie`. */
function nearest(numbers: readonly number[], tie: number): number {
  return numbers.reduce((best, number, place) => (number < numbers[best] - tie ? place : best), 0);
}
