import type { OrchestratorClient } from '@lyceum/client';
import { State, type Run, type RunEvent } from '@lyceum/contracts/orchestrator';
import { progressView } from './progress-view.js';

/** Watches a run to its end, showing how it goes; returns the run and everything that happened in it. */
export async function followRun(
  client: OrchestratorClient,
  name: string,
  { json, signal }: { json: boolean; signal: AbortSignal },
): Promise<{ run: Run; events: RunEvent[] }> {
  const view = json ? undefined : progressView(process.stderr);
  const events: RunEvent[] = [];
  let last = 0;
  try {
    for await (const { event } of client.watchRun({ name, afterSequence: 0 }, signal)) {
      if (event === undefined) continue;
      events.push(event);
      if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
      view?.event(event);
      if (view !== undefined && (Date.now() - last > 250 || event.kind !== 'task.metrics')) {
        last = Date.now();
        view.show(await client.getRun(name));
      }
    }
  } finally {
    view?.end();
  }
  return { run: await client.getRun(name), events };
}

/** Whether a run has ended, whichever way. */
export function hasEnded(run: Run): boolean {
  return [State.SUCCEEDED, State.FAILED, State.CANCELLED].includes(run.state);
}
