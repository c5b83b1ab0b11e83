import { invalidField, LyceumError, unknownName } from '@lyceum/errors';
import { encodeWeights, readWeights, type ModelConfig, type Weights } from '@lyceum/models';
import type { ExportedStudent, NamedShape } from './exported-student.js';
import { encodeOnnx } from './onnx/encode-onnx.js';

/** What a student can be written as. */
export const exportFormats = ['onnx', 'safetensors'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** How the weights of a safetensors file lie: kernels HWIO and dense `[in, out]`, or kernels OIHW and `[out, in]`. */
export const exportLayouts = ['nhwc', 'pytorch'] as const;
export type ExportLayout = (typeof exportLayouts)[number];

export interface ExportOptions {
  readonly format: ExportFormat;
  /** Of safetensors; default `nhwc`. ONNX has one layout only, channels first. */
  readonly layout?: ExportLayout;
  /** Of ONNX: taps that are outputs too, beside `logits`. */
  readonly taps?: readonly string[];
  /** The model, for weights of other programs, which do not say it. */
  readonly config?: ModelConfig;
  /** What the weights are called in errors. */
  readonly label?: string;
}

/**
 * Turns a file of weights into a file that programs read which know nothing of Lyceum. Needs no engine. Both formats
 * keep PyTorch's parameter names and the file's metadata (data set, normalisation, classes).
 *
 * @param weights a safetensors file, as trainers write it or of PyTorch's names.
 * @throws LyceumError UNKNOWN_NAME for a tap with the nearest names; INVALID_FIELD for options that exclude each other;
 * CORRUPT_FILE, SHAPE_MISMATCH or NON_FINITE for weights that can not be read or are for another model.
 * @example
 * const { bytes } = exportStudent(readFileSync('student.safetensors'), { format: 'onnx', taps: ['f3'] });
 * writeFileSync('student.onnx', bytes);
 */
export function exportStudent(weights: Uint8Array, options: ExportOptions): ExportedStudent {
  const { format, layout, taps = [], config, label } = options;
  if (format === 'onnx' && layout !== undefined)
    throw invalidField('layout', 'is for safetensors only; an ONNX graph has its channels first');
  if (format === 'safetensors' && taps.length > 0)
    throw invalidField('taps', 'are outputs of an ONNX graph; safetensors holds weights only');
  const read = readWeights(weights, {
    ...(config === undefined ? {} : { config }),
    ...(label === undefined ? {} : { label }),
  });
  const { description, metadata } = read;
  const normalization = normalizationOf(metadata.normalization, label ?? 'weights');
  return {
    ...(format === 'onnx' ? encodeOnnx(read, checkedTaps(read, taps)) : encodeLayout(read, layout ?? 'nhwc')),
    architecture: description.config.architecture,
    parameterCount: description.parameterCount,
    ...(normalization === undefined ? {} : { normalization }),
  };
}

function checkedTaps({ description }: Weights, taps: readonly string[]): readonly string[] {
  const known = description.taps.map(({ name }) => name);
  const unknown = taps.find((tap) => !known.includes(tap));
  if (unknown !== undefined) throw unknownName('tap', unknown, known, 'taps');
  return [...new Set(taps)];
}

function encodeLayout(
  { description, values, metadata }: Weights,
  layout: ExportLayout,
): Pick<ExportedStudent, 'bytes' | 'input' | 'outputs'> {
  const { config } = description;
  const [height, width, channels] = config.inputShape;
  const shape: NamedShape['shape'] =
    layout === 'nhwc' ? ['batch', height, width, channels] : ['batch', channels, height, width];
  const bytes = encodeWeights(config, values, metadata, {
    layout: layout === 'nhwc' ? 'engine' : 'pytorch',
  });
  return {
    bytes,
    input: { name: 'images', shape },
    outputs: [{ name: 'logits', shape: ['batch', config.classCount] }],
  };
}

function normalizationOf(text: string | undefined, label: string): ExportedStudent['normalization'] {
  if (text === undefined) return undefined;
  try {
    const { mean, std } = JSON.parse(text) as Record<string, unknown>;
    if (areNumbers(mean) && areNumbers(std) && mean.length === std.length) return { mean, std };
  } catch {
    // Said below, with what was found.
  }
  throw new LyceumError(
    'CORRUPT_FILE',
    `${label}: normalization in its metadata must be {"mean": [...], "std": [...]}, found ${text}`,
  );
}

function areNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'number');
}
