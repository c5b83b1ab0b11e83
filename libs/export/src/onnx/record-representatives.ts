import { TensorProto_DataType as DataType } from '../gen/onnx.js';
import type { GraphBuilder } from './graph-builder.js';
import type { GraphValue } from './graph-recorder.js';

/** What the engine adds to every norm. */
const epsilon = 1e-5;

/**
 * The engine's `representatives`, with channels first: the same rounds, written out.
 *
 * @param map after ReLU.
 * @returns names of the vectors `[N, K C]` and the maps `[N, K, h, w]`.
 */
export function recordRepresentatives(
  graph: GraphBuilder,
  map: GraphValue,
  count: number,
): { vectors: string; maps: string } {
  const [height, width, channels] = map.shape;
  const op = (opType: string, inputs: readonly string[], attributes = {}) =>
    graph.emit(opType, `representatives.${opType}`, inputs, attributes);
  const sum = (x: string, axis: number, keepdims = 1) =>
    op('ReduceSum', [x, graph.integers(axis)], { keepdims });
  // Features [N, C, P]; norms, scores, similarities and weights [N, 1, P].
  const features = op('Reshape', [map.name, graph.integers(0, channels, height * width)]);
  const lengths = op('ReduceL2', [features, graph.integers(1)], { keepdims: 1 });
  const norms = op('Add', [lengths, graph.scalar(epsilon)]);
  const vectors: string[] = [];
  const maps: string[] = [];
  let score = norms;
  for (let round = 0; round < count; round += 1) {
    const place = op('ArgMax', [score], { axis: 2, keepdims: 1 });
    const everyChannel = op('Expand', [place, graph.integers(1, channels, 1)]);
    const seed = op('GatherElements', [features, everyChannel], { axis: 2 });
    const seedNorm = op('GatherElements', [norms, place], { axis: 2 });
    const products = sum(op('Mul', [features, seed]), 1);
    const similarity = op('Div', [products, op('Mul', [norms, seedNorm])]);
    const total = sum(similarity, 2);
    const isZero = op('Cast', [op('Equal', [total, graph.scalar(0)])], { to: DataType.FLOAT });
    const weights = op('Div', [similarity, op('Add', [total, isZero])]);
    vectors.push(sum(op('Mul', [features, weights]), 2, 0));
    maps.push(weights);
    if (round + 1 < count) score = op('Mul', [score, op('Sub', [graph.scalar(1), similarity])]);
  }
  const joined = op('Concat', maps, { axis: 1 });
  return {
    vectors: op('Concat', vectors, { axis: 1 }),
    maps: op('Reshape', [joined, graph.integers(0, count, height, width)]),
  };
}
