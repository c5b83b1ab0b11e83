import { openArtifacts } from '@lyceum/artifacts';
import { openOrchestrator, type OrchestratorClient } from '@lyceum/client';
import { State, type Run, type RunEvent } from '@lyceum/contracts/orchestrator';
import { LyceumError } from '@lyceum/errors';
import { loadLossPackages, parseRecipe, planRecipe } from '@lyceum/recipes';
import { summaryTable } from '@lyceum/report';
import { waitForReady } from '@lyceum/rpc';
import { type Command, InvalidArgumentError } from 'commander';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { followRun, hasEnded } from '../follow-run.js';
import { findOrStart, type Orchestrator } from '../orchestrator-process.js';
import { makeReport } from '../make-report.js';
import { globalOptions, printJson } from './global-options.js';
import { lossPackagesOption, splitPackages } from './loss-packages-option.js';

interface RunOptions {
  readonly fresh?: boolean;
  readonly report: string;
  readonly trainers?: number;
  readonly threads?: number;
  readonly backend?: string;
  readonly lossPackages?: string;
  readonly orchestrator?: string;
  readonly dryRun?: boolean;
  readonly reuse?: boolean;
}

export function addRun(program: Command): void {
  program
    .command('run')
    .description('run a recipe to its end: orchestrator, teachers and trainers as processes of their own')
    .argument('<recipe>', 'a YAML file of `kind: Distillation`')
    .option('--fresh', 'start over, even where an earlier run of the same recipe could be continued')
    .option('--reuse', 'take what an earlier run with --reuse found for the same stage and inputs')
    .option('--report <file>', 'where to write the report', 'report.html')
    .option('--trainers <count>', 'trainers that work side by side (default 2)', count)
    .option('--threads <count>', 'compute threads of each process (default: all cores)', count)
    .option('--backend <name>', 'gpu, cpu, wasm or js (default: the best that is installed)')
    .option(...lossPackagesOption)
    .option('--orchestrator <address>', 'use an orchestrator that runs already, for instance dns:host:7000')
    .option('--dry-run', 'check the recipe, print its tasks, run nothing')
    .addHelpText(
      'after',
      `
A run that was interrupted goes on where it was when the same command is given again.

Examples:
  lyceum run recipes/fashion-mnist.yaml
  lyceum run my.yaml --trainers 3 --threads 1 --report my.html`,
    )
    .action(async (file: string, options: RunOptions, command: Command) => runRecipe(file, options, command));
}

async function runRecipe(file: string, options: RunOptions, command: Command): Promise<void> {
  const { home, json } = globalOptions(command);
  const text = await readRecipe(file);
  await loadLossPackages(splitPackages(options.lossPackages));
  const recipe = parseRecipe(text);
  if (options.dryRun) {
    printPlan(planRecipe(recipe), json);
    return;
  }
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
  const orchestrator =
    options.orchestrator === undefined ? await findOrStart(home, options) : await reach(options.orchestrator);
  try {
    const client = openOrchestrator(orchestrator.address);
    const started = await startOrResume(client, text, options);
    say(json, started.resumed ? `goes on with run ${started.run.name}` : `run ${started.run.name}`);
    const { run, events } = await followRun(client, started.run.name, {
      json,
      signal: interrupt.signal,
    }).catch((error: unknown) => {
      if (!interrupt.signal.aborted) throw error;
      throw new LyceumError(
        'CANCELLED',
        `interrupted; the same command goes on with run ${started.run.name}`,
      );
    });
    await finish(run, events, { ...options, json, recipeFile: resolve(file) });
  } finally {
    await orchestrator.stop();
  }
}

/** An orchestrator that runs already; one that is just being started is waited for. */
async function reach(address: string): Promise<Orchestrator> {
  await waitForReady(address, { deadlineMs: 30_000 });
  return { address, stop: async () => undefined };
}

async function readRecipe(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new LyceumError(
      'UNKNOWN_NAME',
      `recipe: cannot read ${resolve(file)}: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** Goes on with the newest run of the same text that has not succeeded, or starts a new one. */
async function startOrResume(
  client: OrchestratorClient,
  recipe: string,
  { fresh = false, reuse = false }: RunOptions,
): Promise<{ run: Run; resumed: boolean }> {
  if (!fresh) {
    const runs = await client.listRuns();
    for (const { name, state } of runs) {
      if (state === State.SUCCEEDED || state === State.CANCELLED) continue;
      const run = await client.getRun(name);
      if (run.recipe !== recipe) continue;
      if (!hasEnded(run)) return { run, resumed: true };
      return {
        run: await client.createRun({ requestId: randomUUID(), recipe, resume: name }),
        resumed: true,
      };
    }
  }
  const run = await client.createRun({ requestId: randomUUID(), recipe, resume: '', reuse });
  return { run, resumed: false };
}

async function finish(
  run: Run,
  events: RunEvent[],
  { json, recipeFile, report }: { json: boolean; recipeFile: string; report: string },
): Promise<void> {
  if (run.state !== State.SUCCEEDED) {
    const failed = run.tasks.find((task) => task.error !== undefined);
    const why = failed?.error?.message ?? run.error?.message ?? 'it was cancelled';
    throw new LyceumError(
      'WRONG_STATE',
      `run ${run.name} did not succeed: ${failed ? `${failed.name}: ` : ''}${why}`,
    );
  }
  const file = resolve(report);
  const command = `npx lyceum run ${relative(process.cwd(), recipeFile)}`;
  await makeReport(run, events, openArtifacts(run.artifactRoot), { file, command });
  if (json) printJson({ run, report: file });
  else process.stdout.write(`\n${summaryTable(run)}\n\nreport: ${file}\n`);
}

function printPlan(tasks: ReturnType<typeof planRecipe>, json: boolean): void {
  if (json) return printJson(tasks);
  for (const task of tasks) {
    const after = task.dependsOn.length > 0 ? `  after ${task.dependsOn.join(', ')}` : '';
    process.stdout.write(`${task.name.padEnd(16)} ${task.kind}${after}\n`);
  }
}

function say(json: boolean, text: string): void {
  if (!json) process.stderr.write(`${text}\n`);
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('must be a whole number of 1 or more');
  return value;
}
