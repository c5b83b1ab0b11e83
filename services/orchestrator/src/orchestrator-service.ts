import type {
  CancelRunRequest,
  CreateRunRequest,
  GetRunRequest,
  ListRunsRequest,
  WatchRunRequest,
  WatchRunResponse,
} from '@lyceum/contracts/orchestrator';
import { State } from '@lyceum/contracts/orchestrator';
import { OrchestratorServiceService } from '@lyceum/contracts/orchestrator-service';
import { invalidField } from '@lyceum/errors';
import { defineService, type CallContext, type ServedService } from '@lyceum/rpc';
import type { RunStore } from '@lyceum/store';
import { eventMessage, runMessage } from './run-messages.js';
import type { Runs } from './runs.js';
import type { Workforce } from './workforce.js';

/** Runs, for people and their programs. */
export function orchestratorService(store: RunStore, runs: Runs, workforce: Workforce): ServedService {
  return defineService(OrchestratorServiceService, {
    createRun: async ({ requestId, recipe, resume, reuse }: CreateRunRequest) => {
      if (resume === '' && requestId === '')
        throw invalidField('request_id', 'is required; any new unique text');
      const run =
        resume === '' ? await runs.create(requestId, recipe, reuse) : await runs.resume(resume, recipe);
      await workforce.adjust();
      return { run: runMessage(run) };
    },
    getRun: async ({ name }: GetRunRequest) => ({ run: runMessage(await store.getRun(required(name))) }),
    listRuns: async ({ pageSize, pageToken }: ListRunsRequest) => {
      if (pageSize < 0) throw invalidField('page_size', `must be 0 or more, found ${pageSize}`);
      const page = await store.listRuns(pageSize, pageToken);
      return { runs: page.runs.map(runMessage), nextPageToken: page.nextPageToken };
    },
    watchRun: (request: WatchRunRequest, context: CallContext) => watchRun(store, request, context),
    cancelRun: async ({ name }: CancelRunRequest) => {
      const run = await store.cancelRun(required(name), 'cancelled by a person');
      await workforce.adjust();
      return { run: runMessage(run) };
    },
  });
}

async function* watchRun(
  store: RunStore,
  { name, afterSequence }: WatchRunRequest,
  { signal, draining }: CallContext,
): AsyncGenerator<WatchRunResponse> {
  if (afterSequence < 0) throw invalidField('after_sequence', `must be 0 or more, found ${afterSequence}`);
  let last = afterSequence;
  while (!signal.aborted && !draining.aborted) {
    const events = await store.eventsAfter(required(name), last, 500);
    for (const event of events) {
      yield { event: eventMessage(event), state: State[event.state] };
      last = event.sequence;
    }
    if (events.length > 0) continue;
    const run = await store.getRun(name);
    if (run.endTime !== undefined && run.lastSequence <= last) return;
    await store.waitForEvent(name, last, 1000, signal);
  }
}

function required(name: string): string {
  if (name === '') throw invalidField('name', 'is required; see ListRuns');
  return name;
}
