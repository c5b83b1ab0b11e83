import { invalidField, LyceumError } from '@lyceum/errors';
import { loadLossPackages, catalogue } from '@lyceum/recipes';
import type { Command } from 'commander';
import { figuresText, lossText } from '../loss-text.js';
import { textTable } from '../text-table.js';
import { globalOptions, printJson } from './global-options.js';
import { lossPackagesOption, splitPackages } from './loss-packages-option.js';

export function addLists(program: Command): void {
  addModels(program.command('models').description('network architectures'));
  addLosses(program.command('losses').description('losses'));
  addData(program.command('data').description('data sets'));
}

function addModels(models: Command): void {
  models
    .command('list')
    .description('architectures with their sizes for 32x32x3 images and 100 classes')
    .action((_: unknown, command: Command) => {
      const all = catalogue.models();
      if (globalOptions(command).json) return printJson(all);
      const rows = all.map(({ name, family, parameterCount }) => [
        name,
        family,
        parameterCount.toLocaleString('en'),
      ]);
      process.stdout.write(`${textTable(['architecture', 'family', 'parameters'], rows)}\n`);
    });
  models
    .command('show')
    .description('taps and sizes of one architecture')
    .argument('<architecture>')
    .option('--input <shape>', 'height x width x channels', '32x32x3')
    .option('--classes <count>', 'number of classes', '100')
    .action((architecture: string, options: { input: string; classes: string }, command: Command) => {
      const inputShape = options.input.split('x').map(Number) as [number, number, number];
      const model = catalogue.model({ architecture, inputShape, classCount: Number(options.classes) });
      if (globalOptions(command).json) return printJson(model);
      const rows = model.taps.map(({ name, role, shape }) => [name, role, shape.join(' x ')]);
      const table = textTable(['tap', 'role', 'shape'], rows);
      process.stdout.write(
        `${architecture}: ${model.parameterCount.toLocaleString('en')} parameters\n\n${table}\n`,
      );
    });
}

interface PackagesOption {
  readonly lossPackages?: string;
}

function addLosses(losses: Command): void {
  losses
    .command('list')
    .description('the losses')
    .option(...lossPackagesOption)
    .action(async ({ lossPackages }: PackagesOption, command: Command) => {
      await loadLossPackages(splitPackages(lossPackages));
      const all = catalogue.losses();
      if (globalOptions(command).json) return printJson(all);
      const rows = all.map((loss) => [
        loss.id,
        loss.title,
        loss.keySources.join(', '),
        loss.trainsAdapters ? 'yes' : '',
        loss.stateful ? 'yes' : '',
      ]);
      process.stdout.write(`${textTable(['loss', 'title', 'keys from', 'adapters', 'state'], rows)}\n`);
    });
  const { teacher, student, inputShape, classCount, sampleCount, batchSize } = catalogue.usualPair;
  losses
    .command('show')
    .description('equation, parameters and taps of one loss, and what it costs between two networks')
    .argument('<loss>', 'its id, or `package#id`')
    .option('--teacher <architecture>', 'network that is learnt from', teacher)
    .option('--student <architecture>', 'network that learns', student)
    .option('--input <shape>', 'height x width x channels', inputShape.join('x'))
    .option('--classes <count>', 'number of classes', String(classCount))
    .option('--samples <count>', 'training samples, for memory banks', String(sampleCount))
    .option('--batch <size>', 'samples a batch, for keys that grow with it', String(batchSize))
    .option(...lossPackagesOption)
    .action(async (id: string, options: PairOptions & PackagesOption, command: Command) => {
      await loadLossPackages(splitPackages(options.lossPackages));
      const loss = catalogue.loss(id);
      const pair = pairOf(options);
      const figures = await catalogue.lossFigures(id, pair).catch((error: unknown) => unfit(error));
      if (globalOptions(command).json) return printJson({ ...loss, pair, ...figures });
      const costs =
        'problem' in figures
          ? `not for ${pair.teacher} to ${pair.student}: ${figures.problem}`
          : figuresText(figures, pair);
      process.stdout.write(`${lossText(loss)}\n\n${costs}\n`);
    });
}

type PairOptions = Record<'teacher' | 'student' | 'input' | 'classes' | 'samples' | 'batch', string>;

function pairOf({
  teacher,
  student,
  input,
  classes,
  samples,
  batch,
}: PairOptions): typeof catalogue.usualPair {
  return {
    teacher,
    student,
    inputShape: input.split('x').map(Number) as [number, number, number],
    classCount: Number(classes),
    sampleCount: countOf('samples', samples),
    batchSize: countOf('batch', batch),
  };
}

function countOf(option: string, text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw invalidField(`--${option}`, `must be a whole number from 1, found "${text}"`);
}

/** A loss that does not fit the pair still has all the rest to show. */
function unfit(caught: unknown): { readonly problem: string } {
  const error = LyceumError.from(caught);
  if (error.reason === 'TAPS_DO_NOT_MATCH') return { problem: error.message };
  throw error;
}

function addData(data: Command): void {
  data
    .command('list')
    .description('data sets by name, and where they come from')
    .action((_: unknown, command: Command) => {
      const all = catalogue.dataSets();
      if (globalOptions(command).json) return printJson(all);
      const rows = all.map((set) => [set.name, set.description, set.origin]);
      process.stdout.write(`${textTable(['data set', 'what it is', 'where it comes from'], rows)}\n`);
    });
}
