import { openOrchestrator, type OrchestratorClient } from '@lyceum/client';
import type { State } from '@lyceum/contracts/orchestrator';
import { stateToJSON, type Run } from '@lyceum/contracts/orchestrator';
import { summaryTable } from '@lyceum/report';
import type { Command } from 'commander';
import { followRun } from '../follow-run.js';
import { findOrStart } from '../orchestrator-process.js';
import { textTable } from '../text-table.js';
import { globalOptions, printJson } from './global-options.js';

type Action = (client: OrchestratorClient, json: boolean, signal: AbortSignal) => Promise<void>;

export function addRuns(program: Command): void {
  const runs = program.command('runs').description('the runs of this home: list, show, watch, cancel');
  runs
    .command('list')
    .description('the runs, newest first')
    .action((_: unknown, command: Command) => withClient(command, listRuns));
  runs
    .command('show')
    .description('one run with its tasks and its whole history')
    .argument('<run>', 'its name, see `lyceum runs list`')
    .action((name: string, _: unknown, command: Command) =>
      withClient(command, (client, json, signal) => showRun(client, name, json, signal)),
    );
  runs
    .command('watch')
    .description('follow a run to its end')
    .argument('<run>', 'its name')
    .action((name: string, _: unknown, command: Command) =>
      withClient(command, async (client, json, signal) => {
        const { run } = await followRun(client, name, { json, signal });
        if (!json) process.stdout.write(`\n${summaryTable(run)}\n`);
      }),
    );
  runs
    .command('cancel')
    .description('end a run; its finished tasks stay')
    .argument('<run>', 'its name')
    .action((name: string, _: unknown, command: Command) =>
      withClient(command, async (client, json) => {
        const run = await client.cancelRun(name);
        if (json) printJson(run);
        else process.stdout.write(`${run.name} is ${stateName(run.state)}\n`);
      }),
    );
}

async function withClient(command: Command, action: Action): Promise<void> {
  const { home, json } = globalOptions(command);
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
  const orchestrator = await findOrStart(home, {});
  try {
    await action(openOrchestrator(orchestrator.address), json, interrupt.signal);
  } finally {
    await orchestrator.stop();
  }
}

async function listRuns(client: OrchestratorClient, json: boolean): Promise<void> {
  const runs = await client.listRuns();
  if (json) return printJson(runs);
  if (runs.length === 0) {
    process.stdout.write('no runs here yet; start one: lyceum run recipes/fashion-mnist.yaml\n');
    return;
  }
  const rows = runs.map((run) => [run.name, stateName(run.state), time(run.createTime), duration(run)]);
  process.stdout.write(`${textTable(['run', 'state', 'created', 'took'], rows)}\n`);
}

async function showRun(
  client: OrchestratorClient,
  name: string,
  json: boolean,
  signal: AbortSignal,
): Promise<void> {
  const run = await client.getRun(name);
  const events = await client.events(name, signal);
  if (json) return printJson({ run, events });
  const rows = run.tasks.map((task) => [
    task.name,
    task.kind,
    stateName(task.state),
    `${task.step}/${task.stepCount}`,
    String(task.attempt),
    task.results.accuracy === undefined ? '' : `${(100 * task.results.accuracy).toFixed(2)} %`,
    task.error?.message ?? '',
  ]);
  const history = events
    .filter((event) => event.kind !== 'task.metrics')
    .map((event) =>
      `${time(event.time)}  ${event.kind.padEnd(16)} ${event.task.padEnd(14)} ${event.message}`.trimEnd(),
    );
  const table = textTable(['task', 'kind', 'state', 'steps', 'starts', 'test accuracy', 'error'], rows);
  process.stdout.write(`${run.name}: ${stateName(run.state)}\n\n${table}\n\n${history.join('\n')}\n`);
}

const stateName = (state: State) => stateToJSON(state).replace('STATE_', '').toLowerCase();
const time = (date: Date | undefined) => date?.toISOString().replace('T', ' ').slice(0, 19) ?? '';

function duration({ createTime, endTime }: Run): string {
  if (createTime === undefined) return '';
  return `${Math.round(((endTime ?? new Date()).getTime() - createTime.getTime()) / 1000)} s`;
}
