import { describeModel, models } from '@lyceum/models';
import { describe, expect, it } from 'vitest';
import { exportStudent } from '../index.js';
import { ModelProto, type GraphProto } from '../gen/onnx.js';
import { makeWeights } from '../made-weights.fixture.js';

const config = (architecture: string) => ({
  architecture,
  classCount: 7,
  inputShape: [32, 24, 3] as [number, number, number],
});

function graphOf(architecture: string, taps: readonly string[] = []): GraphProto {
  const { bytes } = exportStudent(makeWeights(config(architecture)), { format: 'onnx', taps });
  const { graph } = ModelProto.decode(bytes);
  if (graph === undefined) throw new Error('the model has no graph');
  return graph;
}

/** Names with what belongs to them. */
function byName<T>(entries: readonly (readonly [string | undefined, T])[]): Record<string, T> {
  return Object.fromEntries(entries.map(([name, value]) => [name ?? '', value]));
}

const sizes = (graph: GraphProto, side: 'input' | 'output') =>
  byName(
    graph[side].map(({ name, type }) => [
      name,
      type?.tensorType?.shape?.dim.map(({ dimValue, dimParam }) => dimValue ?? dimParam),
    ]),
  );

describe('an ONNX graph', () => {
  it.each(models.map(({ names }) => names[0]))('of %s is whole, in order, and uses all weights', (name) => {
    const graph = graphOf(name);
    const known = [...graph.initializer, ...graph.input].map((value) => value.name);
    const used = new Set<string>();
    for (const { input, output } of graph.node) {
      for (const needed of input.filter((given) => given !== '')) {
        expect(known).toContain(needed);
        used.add(needed);
      }
      known.push(...output);
    }
    expect(new Set(known).size).toBe(known.length);
    expect(new Set(graph.node.map((node) => node.name)).size).toBe(graph.node.length);
    expect(known).toContain('logits');
    const constants = graph.initializer.map((value) => value.name ?? '');
    expect(constants.filter((constant) => !used.has(constant))).toEqual([]);
    const parameters = describeModel(config(name)).parameters.map((parameter) => parameter.name);
    expect(constants.filter((constant) => !/^(integers|scalar)_/.test(constant)).sort()).toEqual(
      parameters.sort(),
    );
    expect(sizes(graph, 'input')).toEqual({ images: ['batch', 3, 32, 24] });
    expect(sizes(graph, 'output')).toEqual({ logits: ['batch', 7] });
  });

  it('has kernels and dense weights as PyTorch and ONNX have them', () => {
    const graph = graphOf('mobilenet-v2');
    const shapes = byName(graph.initializer.map(({ name, dims }) => [name, dims]));
    expect(shapes['conv1.0.weight']).toEqual([16, 3, 3, 3]);
    expect(shapes['blocks.1.0.conv.3.weight']).toEqual([48, 1, 3, 3]);
    expect(shapes['classifier.0.weight']).toEqual([7, 1280]);
    const depthwise = graph.node.find((node) => node.name === 'blocks.2.0.conv.3');
    const attributes = byName(
      (depthwise?.attribute ?? []).map(({ name, i, ints }) => [name, ints.length > 0 ? ints : i]),
    );
    expect(attributes).toEqual({ kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], group: 72 });
  });

  it('has the wanted taps as outputs behind the logits, also two that are one tensor', () => {
    const graph = graphOf('resnet8', ['f3', 'f0.preact', 'f0', 'f4', 'f3']);
    expect(graph.output.map(({ name }) => name)).toEqual(['logits', 'f3', 'f0.preact', 'f0', 'f4']);
    expect(sizes(graph, 'output')).toMatchObject({
      f3: ['batch', 64, 8, 6],
      f0: ['batch', 16, 32, 24],
      'f0.preact': ['batch', 16, 32, 24],
      f4: ['batch', 64],
    });
    const made = graph.node.flatMap((node) => node.output);
    expect(graph.output.filter(({ name = '' }) => !made.includes(name))).toEqual([]);
  });

  it('says what it was trained on, and nothing of the file that it came from', () => {
    const metadata = {
      data: 'cifar-10',
      normalization: '{"mean":[0.5,0.5,0.5],"std":[0.2,0.2,0.2]}',
      classes: '["a","b"]',
    };
    const { bytes, normalization } = exportStudent(makeWeights(config('resnet8'), metadata), {
      format: 'onnx',
    });
    const { metadataProps, opsetImport, irVersion, graph } = ModelProto.decode(bytes);
    expect(byName(metadataProps.map(({ key, value }) => [key, value]))).toEqual({
      ...metadata,
      architecture: 'resnet8',
    });
    expect([irVersion, opsetImport[0].version]).toEqual([8, 18]);
    expect(graph?.input[0].docString).toContain(metadata.normalization);
    expect(normalization).toEqual({ mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] });
  });
});
