import { expect, it } from 'vitest';
import { clusterLayers, spreadCentres } from './layer-clusters.js';

/** Distances of layers at places of a line. */
function onLine(places: readonly number[]): Float32Array {
  return Float32Array.from(places.flatMap((one) => places.map((other) => Math.abs(one - other))));
}

it('first centres run from the first layer to the last', () => {
  expect(spreadCentres(3, 8)).toEqual([0, 3, 7]);
  expect(spreadCentres(1, 8)).toEqual([0]);
  expect(spreadCentres(4, 4)).toEqual([0, 1, 2, 3]);
});

it('layers gather around the centre nearest to them, which moves to their middle', () => {
  const { assignment, centres } = clusterLayers(onLine([0, 0.1, 0.2, 5, 5.1, 5.2, 5.3]), [0, 6], 80);
  expect(assignment).toEqual([0, 0, 0, 1, 1, 1, 1]);
  expect(centres).toEqual([1, 4]);
});

it('a layer as far from two centres, but for rounding, joins the first', () => {
  const distances = onLine([0, 1, 2]);
  distances[3 + 2] -= 1e-6;
  expect(clusterLayers(distances, [0, 2], 1).assignment).toEqual([0, 0, 1]);
});

it('a centre without members stays', () => {
  expect(clusterLayers(onLine([1, 1, 1]), [0, 2], 80)).toEqual({ assignment: [0, 0, 0], centres: [1, 2] });
});
