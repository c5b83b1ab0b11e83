import type { ExportedStudent, ExportFormat, ExportLayout, NamedShape } from '@lyceum/export';

/** What was written. */
export interface ExportFacts extends Omit<ExportedStudent, 'bytes'> {
  readonly sizeBytes: number;
  readonly format: ExportFormat;
  /** Of safetensors. */
  readonly layout?: ExportLayout;
}

/** What a person wants to know of an exported file, and the two lines of Python that read it. */
export function exportText(facts: ExportFacts, file: string): string {
  const { architecture, parameterCount, sizeBytes, input, outputs } = facts;
  const count = (value: number) => value.toLocaleString('en');
  return [
    `${file}: ${count(sizeBytes)} bytes, ${architecture} with ${count(parameterCount)} parameters`,
    `input:  ${shapeText(input)} float32, ${normalizationText(facts)}`,
    `output: ${outputs.map(shapeText).join(', ')}`,
    '',
    'In Python:',
    ...pythonLines(facts, file).map((line) => `  ${line}`),
  ].join('\n');
}

function shapeText({ name, shape }: NamedShape): string {
  return `${name} [${shape.join(', ')}]`;
}

function normalizationText({ normalization }: ExportFacts): string {
  if (normalization === undefined) return 'normalised as in training';
  const { mean, std } = normalization;
  return `(pixels from 0 to 1 - ${numbersText(mean)}) / ${numbersText(std)}`;
}

/** One number, or one for each channel, to four digits. */
function numbersText(numbers: readonly number[]): string {
  const texts = numbers.map((number) => String(Number(number.toPrecision(4))));
  return texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
}

function pythonLines({ format, layout, architecture }: ExportFacts, file: string): string[] {
  const path = JSON.stringify(file);
  if (format === 'onnx') {
    return [
      `import onnxruntime; session = onnxruntime.InferenceSession(${path})`,
      'logits = session.run(["logits"], {"images": images})[0]',
    ];
  }
  if (layout === 'pytorch') {
    return [
      'from safetensors.torch import load_file',
      `model.load_state_dict(load_file(${path}))  # model: your ${architecture}, with these parameter names`,
    ];
  }
  return [
    'from safetensors.numpy import load_file',
    `weights = load_file(${path})  # kernels [height, width, in, out], dense [in, out]`,
  ];
}
