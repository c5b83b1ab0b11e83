import { findArchitecture, type Reached, type Weights } from '@lyceum/models';
import { ModelProto, type NodeProto } from '../gen/onnx.js';
import type { NamedShape } from '../exported-student.js';
import { GraphBuilder } from './graph-builder.js';
import { GraphRecorder, type GraphValue } from './graph-recorder.js';
import { node, valueInfo } from './messages.js';

/** Of ONNX 1.13, from December 2022: runtimes since then read both. */
const irVersion = 8;
const operatorSet = 18;

export interface OnnxModel {
  readonly bytes: Uint8Array;
  readonly input: NamedShape;
  readonly outputs: readonly NamedShape[];
}

/**
 * A student as an ONNX graph: `images` `[batch, c, h, w]` float32 in, `logits` `[batch, classes]` and the wanted taps
 * out, maps with channels first. What it was trained on stands in the model's metadata. The same weights give the same
 * bytes.
 *
 * @param taps known ones, in the order of the outputs.
 */
export function encodeOnnx({ description, values, metadata }: Weights, taps: readonly string[]): OnnxModel {
  const { architecture, classCount, inputShape } = description.config;
  const { network } = findArchitecture(architecture);
  const graph = new GraphBuilder(values);
  const images = { name: 'images', shape: inputShape };
  const reached = [...network<GraphValue>(new GraphRecorder(graph), images, classCount)];
  const wanted = ['logits', ...taps.filter((tap) => tap !== 'logits')];
  const outputs = wanted.flatMap((tap) => reached.filter(({ name }) => name === tap));
  const shapes = outputs.map(({ name, value }) => ({ name, shape: channelsFirst(value.shape) }));
  const input = { name: images.name, shape: channelsFirst(images.shape) };
  const model = ModelProto.fromPartial({
    irVersion,
    opsetImport: [{ domain: '', version: operatorSet }],
    producerName: 'lyceum',
    docString: `${architecture} for ${classCount} classes`,
    metadataProps: propertiesOf(metadata, architecture),
    graph: {
      name: architecture,
      node: withOutputs(graph.nodes, outputs, images.name),
      initializer: graph.initializers,
      input: [valueInfo(input.name, input.shape, inputText(metadata.normalization))],
      output: shapes.map(({ name, shape }) => valueInfo(name, shape, '')),
    },
  });
  return { bytes: ModelProto.encode(model).finish(), input, outputs: shapes };
}

/** `[h, w, c]` of the engine as `[batch, c, h, w]`. */
function channelsFirst(shape: readonly number[]): NamedShape['shape'] {
  return ['batch', ...shape.slice(-1), ...shape.slice(0, -1)];
}

/** Gives the outputs the names of their taps; where two taps are one tensor, the second becomes a node of its own. */
function withOutputs(
  nodes: readonly NodeProto[],
  outputs: readonly Reached<GraphValue>[],
  input: string,
): NodeProto[] {
  const names = new Map([[input, input]]);
  const copies: NodeProto[] = [];
  for (const { name, value } of outputs) {
    if (names.has(value.name)) copies.push(node('Identity', name, [value.name], [name]));
    else names.set(value.name, name);
  }
  const renamed = (given: readonly string[]) => given.map((name) => names.get(name) ?? name);
  return [...nodes, ...copies].map((each) => ({
    ...each,
    input: renamed(each.input),
    output: renamed(each.output),
  }));
}

const ofTheFile = ['layout', 'inputShape', 'classCount', 'format'];

/** What a file of weights says, less what only concerns that file. */
function propertiesOf(
  metadata: Readonly<Record<string, string>>,
  architecture: string,
): { key: string; value: string }[] {
  return Object.entries({ ...metadata, architecture })
    .filter(([key]) => !ofTheFile.includes(key))
    .map(([key, value]) => ({ key, value }));
}

function inputText(normalization: string | undefined): string {
  if (normalization === undefined) return 'normalised as in training';
  return `pixels from 0 to 1, minus the mean, divided by the deviation of each channel: ${normalization}`;
}
