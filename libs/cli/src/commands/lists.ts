import { catalogue } from '@lyceum/recipes';
import type { Command } from 'commander';
import { textTable } from '../text-table.js';
import { globalOptions, printJson } from './global-options.js';

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

function addLosses(losses: Command): void {
  losses
    .command('list')
    .description('the losses')
    .action((_: unknown, command: Command) => {
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
  losses
    .command('show')
    .description('equation, parameters, taps of one loss')
    .argument('<loss>')
    .action((id: string, _: unknown, command: Command) => {
      const loss = catalogue.loss(id);
      if (globalOptions(command).json) return printJson(loss);
      process.stdout.write(`${describe(loss)}\n`);
    });
}

function describe(loss: ReturnType<typeof catalogue.loss>): string {
  const range = (p: (typeof loss.params)[number]) =>
    p.choices?.join(' | ') ??
    [p.minimum === undefined ? '' : `from ${p.minimum}`, p.maximum === undefined ? '' : `to ${p.maximum}`]
      .join(' ')
      .trim();
  const params = textTable(
    ['parameter', 'default', 'range', 'meaning'],
    loss.params.map((p) => [p.name, JSON.stringify(p.default), range(p), p.doc]),
  );
  const slots = (side: string, list: typeof loss.studentSlots) =>
    list.map((s) => [side, `${s.name}${s.repeated ? '1, 2, ...' : ''}`, s.kind, s.defaultTaps]);
  const taps = textTable(
    ['side', 'slot', 'kind', 'default taps'],
    [...slots('student', loss.studentSlots), ...slots('teacher', loss.teacherSlots)],
  );
  const facts = [
    loss.needsLabels ? 'needs labels' : '',
    loss.needsIndices ? "needs the samples' indices" : '',
    loss.trainsAdapters ? 'trains adapters beside the student' : '',
    loss.stateful ? 'keeps state between steps' : '',
    loss.hasKey ? 'the teacher sends a key, not its taps' : '',
    loss.keyIsPerBatch ? 'its key belongs to the whole batch' : '',
  ].filter((fact) => fact !== '');
  return [
    `${loss.id}: ${loss.title}`,
    loss.source,
    '',
    loss.equation,
    '',
    taps,
    '',
    loss.params.length > 0 ? params : 'no parameters',
    '',
    facts.join('; '),
  ]
    .join('\n')
    .trimEnd();
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
