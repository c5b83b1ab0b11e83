import { openOrchestrator } from '@lyceum/client';
import { LyceumError } from '@lyceum/errors';
import { catalogue, type LibraryRecipe } from '@lyceum/recipes';
import {
  asksForReading,
  sweepColumns,
  sweepRows,
  writeResults,
  type PairResult,
  type SweepRow,
} from '@lyceum/report';
import { InvalidArgumentError, type Command } from 'commander';
import { resolve } from 'node:path';
import { openHome, type Home } from '../home.js';
import { findOrStart } from '../orchestrator-process.js';
import { PairStore } from '../papers/pair-store.js';
import { pairName } from '../papers/pair.js';
import { readNotes } from '../papers/read-notes.js';
import { runPairs } from '../papers/run-pairs.js';
import { SweepProgress } from '../papers/sweep-progress.js';
import { sweepPlan, type PapersOptions, type SweepPlan } from '../papers/sweep-plan.js';
import { textTable } from '../text-table.js';
import { printJson } from './global-options.js';

const help = `
It runs for long: see \`lyceum recipes list\`. Interrupted, the same command goes on where it was; what has ended is
kept in .lyceum/papers (or --home) until its recipe changes, and what failed is tried again. Stages that several
recipes have in common are trained once.

The table has every recipe, run or not. What a row does not explain, a person may: docs/results-notes.yaml has a text
for each "recipe/stage", which every new table takes over.

Examples:
  npm run papers                                  all recipes with seeds 1, 2 and 3
  npm run papers -- --fast                        one seed
  npm run papers -- --only kd,at --seeds 4,5      two recipes with seeds of your own
  npm run papers -- --table                       the table again, from what has ended so far
  npm run papers -- --quick                       one epoch of 512 images: do they all run?`;

export function addPapers(program: Command): void {
  program
    .command('papers')
    .description('run every recipe of the library with several seeds, and write the table of results')
    .option('--fast', 'one seed instead of three')
    .option('--seeds <list>', 'seeds, with commas between (default 1,2,3)')
    .option('--only <list>', 'names of recipes, with commas between')
    .option('--trainers <count>', 'trainers that work side by side (default: one for each core)', count)
    .option(
      '--threads <count>',
      'compute threads of each process; other counts give other last digits',
      count,
      1,
    )
    .option('--backend <name>', 'gpu, cpu, wasm or js (default: the best that is installed)')
    .option('--quick', 'epochs 1, 512 training and 500 test samples')
    .option('--epochs <count>', 'of every training', count)
    .option('--train-limit <count>', 'use at most so many training samples', count)
    .option('--test-limit <count>', 'use at most so many test samples', count)
    .option('--fresh', 'run again what has ended')
    .option('--table', 'run nothing, write the table')
    .option(
      '--out <folder>',
      'for results.md and results.html (default: docs; with a smaller budget: beside the state)',
    )
    .option('--notes <file>', 'what people read from the results', 'docs/results-notes.yaml')
    .addHelpText('after', help)
    .action((options: PapersOptions, command: Command) => papers(options, command));
}

async function papers(options: PapersOptions, command: Command): Promise<void> {
  const { home: given, json = false } = command.optsWithGlobals<{ home?: string; json?: boolean }>();
  const home = openHome(given ?? process.env.LYCEUM_HOME ?? '.lyceum/papers');
  const plan = sweepPlan(options, home);
  const notes = readNotes(resolve(options.notes));
  const store = new PairStore(plan.stateFolder);
  if (options.table !== true) await run(plan, store, options, home);
  const results = plan.shown.flatMap((pair) => store.result(pair) ?? []);
  const rows = sweepRows(catalogue.recipes().map(about), results, notes);
  const written = await writeResults({
    rows,
    command: 'npm run papers',
    changes: plan.changes,
    environment: environmentOf(results),
    folder: plan.outFolder,
  });
  if (json) printJson({ ...written, rows });
  else tell(rows, notes, written, options.notes);
  const failed = plan.pairs.filter((pair) => store.result(pair)?.reason !== undefined);
  if (failed.length > 0 && options.table !== true)
    throw new LyceumError(
      'WRONG_STATE',
      `${failed.length} of ${plan.pairs.length} failed: ${failed.map(pairName).join('; ')}; the same command tries them again`,
    );
}

async function run(plan: SweepPlan, store: PairStore, options: PapersOptions, home: Home): Promise<void> {
  const { pairs, trainers } = plan;
  const fresh = options.fresh ?? false;
  const before = fresh ? [] : pairs.filter((pair) => store.result(pair)?.state === 'succeeded');
  const pending = pairs.filter((pair) => !before.includes(pair));
  if (pending.length === 0) return say(`all ${pairs.length} have ended before`);
  say(
    `${pairs.length} pairs of recipe and seed, ${before.length} have ended before; ${trainers} trainers side by side`,
  );
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupt.abort());
  const orchestrator = await findOrStart(home, { ...options, trainers });
  const client = openOrchestrator(orchestrator.address);
  const progress = new SweepProgress(client, pairs, before, say);
  progress.start();
  try {
    await runPairs(pending, {
      client,
      store,
      openRuns: Math.min(2 * trainers, pending.length),
      fresh,
      signal: interrupt.signal,
      onStart: (pair, name) => progress.onStart(pair, name),
      onEnd: (pair, result) => progress.onEnd(pair, result),
    });
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    throw new LyceumError('CANCELLED', 'interrupted; the same command goes on where it was');
  } finally {
    progress.stop();
    client.close();
    await orchestrator.stop();
  }
}

const about = ({ name, title, method, paper }: LibraryRecipe) => ({
  name,
  title,
  method,
  paper: paper?.number,
});

/** What the results were computed with; where they differ, all that was. */
function environmentOf(results: readonly PairResult[]): Record<string, string> {
  const values = new Map<string, Set<string>>();
  for (const { environment } of results) {
    for (const [name, value] of Object.entries(environment))
      values.set(name, (values.get(name) ?? new Set()).add(value));
  }
  return Object.fromEntries([...values].map(([name, all]) => [name, [...all].sort().join('; ')]));
}

function tell(
  rows: readonly SweepRow[],
  notes: Readonly<Record<string, string>>,
  { page, markdown }: { page: string; markdown: string },
  notesFile: string,
): void {
  const header = ['recipe', ...sweepColumns.map(({ title }) => title.toLowerCase())];
  const body = rows.map((row) => [row.key, ...sweepColumns.map(({ cell }) => cell(row) ?? '')]);
  process.stdout.write(`\n${textTable(header, body)}\n\n${markdown}\n${page}\n`);
  const known = new Set(rows.map(({ key }) => key));
  const strays = Object.keys(notes).filter((key) => !known.has(key));
  if (strays.length > 0) say(`${notesFile}: no such rows: ${strays.join(', ')}`);
  const asked = rows.filter((row) => asksForReading(row) && row.reading === undefined);
  if (asked.length > 0) say(`${notesFile}: why is it so? ${asked.map(({ key }) => key).join(', ')}`);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('must be a whole number of 1 or more');
  return value;
}
