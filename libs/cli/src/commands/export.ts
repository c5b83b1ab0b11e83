import { invalidField } from '@lyceum/errors';
import { exportFormats, exportLayouts, exportStudent } from '@lyceum/export';
import type { ExportFormat, ExportLayout, ExportOptions } from '@lyceum/export';
import { Option, type Command } from 'commander';
import { extname, relative, resolve } from 'node:path';
import { exportText } from '../export-text.js';
import { readSource, type WeightsSource } from '../weights-source.js';
import { writeNewFile } from '../write-new-file.js';
import { globalOptions, printJson } from './global-options.js';

interface Options {
  readonly format?: ExportFormat;
  readonly layout?: ExportLayout;
  readonly taps?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly architecture?: string;
  readonly classes?: string;
  readonly input?: string;
}

export function addExport(program: Command): void {
  program
    .command('export')
    .description('write a student as ONNX or safetensors, for programs that know nothing of Lyceum')
    .argument('<source>', 'RUN, RUN:STAGE or RUN:STAGE/PEER of `lyceum runs list`, or a safetensors file')
    .addOption(
      new Option('--format <format>', 'what to write (default: by the ending of --out, else onnx)').choices(
        exportFormats,
      ),
    )
    .addOption(
      new Option(
        '--layout <layout>',
        'of safetensors: nhwc (kernels [h, w, in, out], dense [in, out]; the default) or pytorch (kernels [out, in, h, w], dense [out, in])',
      ).choices(exportLayouts),
    )
    .option('--taps <list>', 'of ONNX: taps that are outputs beside the logits, for instance f1,f2')
    .option('--out <file>', 'where to write (default: beside the file, or named after run and stage)')
    .option('--force', 'replace the file if it exists')
    .option('--architecture <name>', "of weights that do not say it, as another program's")
    .option('--classes <count>', 'number of classes, with --architecture')
    .option('--input <shape>', 'height x width x channels, with --architecture')
    .addHelpText(
      'after',
      `
An ONNX graph takes images [batch, channels, height, width], normalised as its metadata says, and gives logits.

Examples:
  lyceum export fashion-mnist-7f3a:kd --out student.onnx
  lyceum export fashion-mnist-7f3a:kd --format onnx --taps f3,f4
  lyceum export student.safetensors --format safetensors --layout pytorch
  lyceum export resnet20.safetensors --architecture resnet20 --classes 100 --input 32x32x3`,
    )
    .action(async (source: string, options: Options, command: Command) => run(source, options, command));
}

async function run(name: string, options: Options, command: Command): Promise<void> {
  const { home, json } = globalOptions(command);
  const format = options.format ?? formatOf(options.out);
  const config = configOf(options);
  const source = await readSource(home, name);
  const exported = exportStudent(source.bytes, {
    format,
    label: source.label,
    ...(options.layout === undefined ? {} : { layout: options.layout }),
    ...(options.taps === undefined ? {} : { taps: splitTaps(options.taps) }),
    ...(config === undefined ? {} : { config }),
  });
  const layout = options.layout ?? 'nhwc';
  const file = resolve(options.out ?? defaultFile(source, format, layout));
  if (file === source.file) throw invalidField('--out', `is the file that is exported: ${file}`);
  await writeNewFile(file, exported.bytes, options.force ?? false);
  const { bytes, ...facts } = exported;
  const about = { file, sizeBytes: bytes.length, format, ...(format === 'onnx' ? {} : { layout }), ...facts };
  if (json) printJson(about);
  else process.stdout.write(`${exportText(about, relative(process.cwd(), file))}\n`);
}

function formatOf(out: string | undefined): ExportFormat {
  return out !== undefined && extname(out) === '.safetensors' ? 'safetensors' : 'onnx';
}

function defaultFile(source: WeightsSource, format: ExportFormat, layout: ExportLayout): string {
  if (format === 'onnx') return `${source.stem}.onnx`;
  return `${source.stem}.${layout}.safetensors`;
}

function splitTaps(text: string): string[] {
  return text
    .split(',')
    .map((tap) => tap.trim())
    .filter((tap) => tap !== '');
}

/** The model that options name, all of them or none. */
function configOf({ architecture, classes, input }: Options): ExportOptions['config'] {
  if (architecture === undefined && classes === undefined && input === undefined) return undefined;
  if (architecture === undefined || classes === undefined || input === undefined)
    throw invalidField('--architecture', 'goes with --classes and --input, and they with it');
  const [height, width, channels, ...more] = input.split('x').map(Number);
  if (more.length > 0) throw invalidField('--input', `must be height x width x channels, found "${input}"`);
  return { architecture, classCount: Number(classes), inputShape: [height, width, channels] };
}
