import type {
  CompleteTaskRequest,
  CreateRunRequest,
  LeaseTaskRequest,
  LeaseTaskResponse,
  RegisterWorkerRequest,
  RegisterWorkerResponse,
  ReportTaskRequest,
  ReportTaskResponse,
  Run,
  RunEvent,
  WatchRunRequest,
  WatchRunResponse,
} from '@lyceum/contracts/orchestrator';
import { OrchestratorServiceService, WorkerServiceService } from '@lyceum/contracts/orchestrator-service';
import { LyceumError } from '@lyceum/errors';
import { connect, type Connection } from '@lyceum/rpc';

/**
 * A client of the orchestrator, for people and their programs.
 * @example
 * const lyceum = openOrchestrator('127.0.0.1:7000');
 * const run = await lyceum.createRun({ requestId: randomUUID(), recipe: yaml, resume: '' });
 * for await (const { event } of lyceum.watchRun({ name: run.name, afterSequence: 0 })) console.log(event?.message);
 */
export function openOrchestrator(address: string): OrchestratorClient {
  return new OrchestratorClient(connect(address, OrchestratorServiceService));
}

/** What to run; `reuse` is off unless it is asked for. */
export type NewRun = Omit<CreateRunRequest, 'reuse'> & { readonly reuse?: boolean };

export class OrchestratorClient {
  constructor(private readonly connection: Connection<typeof OrchestratorServiceService>) {}

  /** Starts a run. Errors: INVALID_FIELD with every wrong field, with line and column. */
  async createRun({ reuse = false, ...request }: NewRun): Promise<Run> {
    return present((await this.connection.call('createRun', { ...request, reuse })).run);
  }

  /** Errors: UNKNOWN_NAME. */
  async getRun(name: string): Promise<Run> {
    return present((await this.connection.call('getRun', { name })).run);
  }

  /** All runs, newest first, without recipe texts and tasks. */
  async listRuns(): Promise<Run[]> {
    const runs: Run[] = [];
    let pageToken = '';
    do {
      const page = await this.connection.call('listRuns', { pageSize: 0, pageToken });
      runs.push(...page.runs);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return runs;
  }

  /** Events as they happen, until the run's last; goes on by itself when the orchestrator was away. */
  async *watchRun(
    request: WatchRunRequest,
    signal?: AbortSignal,
  ): AsyncGenerator<WatchRunResponse, undefined> {
    let after = request.afterSequence;
    let failures = 0;
    for (;;) {
      try {
        const stream = this.connection.watch(
          'watchRun',
          { ...request, afterSequence: after },
          signal === undefined ? {} : { signal },
        );
        for await (const response of stream) {
          failures = 0;
          after = response.event?.sequence ?? after;
          yield response;
        }
        if ((await this.getRun(request.name)).endTime !== undefined) return undefined;
      } catch (caught) {
        const error = LyceumError.from(caught);
        failures += 1;
        if (error.codeName !== 'UNAVAILABLE' || failures > 20 || signal?.aborted === true) throw error;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  }

  /** What has happened in a run so far. */
  async events(name: string, signal?: AbortSignal): Promise<RunEvent[]> {
    const { endTime } = await this.getRun(name);
    const events: RunEvent[] = [];
    const stop = new AbortController();
    signal?.addEventListener('abort', () => stop.abort());
    // A run that goes on never ends its stream: what is there comes at once, so a quiet moment is the end of it.
    const quiet = endTime === undefined ? setTimeout(() => stop.abort(), 1500) : undefined;
    try {
      for await (const { event } of this.connection.watch(
        'watchRun',
        { name, afterSequence: 0 },
        { signal: stop.signal },
      )) {
        if (event !== undefined) events.push(event);
        quiet?.refresh();
      }
    } catch (error) {
      if (!stop.signal.aborted || signal?.aborted === true) throw error;
    } finally {
      clearTimeout(quiet);
    }
    return events;
  }

  /** Ends a run; repeating it changes nothing. Errors: UNKNOWN_NAME. */
  async cancelRun(name: string): Promise<Run> {
    return present((await this.connection.call('cancelRun', { name })).run);
  }

  close(): void {
    this.connection.close();
  }
}

/** A client of the orchestrator, for workers. */
export function openWorkerOrchestrator(address: string): WorkerOrchestrator {
  return new WorkerOrchestrator(connect(address, WorkerServiceService));
}

export class WorkerOrchestrator {
  constructor(private readonly connection: Connection<typeof WorkerServiceService>) {}

  registerWorker(request: RegisterWorkerRequest, signal?: AbortSignal): Promise<RegisterWorkerResponse> {
    return this.connection.call('registerWorker', request, signal === undefined ? {} : { signal });
  }

  /** Waits for a task. Errors: LEASE_LOST when the worker is not registered. */
  leaseTask(request: LeaseTaskRequest, signal?: AbortSignal): Promise<LeaseTaskResponse> {
    const deadlineMs = request.waitMs + 30_000;
    return this.connection.call(
      'leaseTask',
      request,
      signal === undefined ? { deadlineMs } : { deadlineMs, signal },
    );
  }

  /** Errors: LEASE_LOST: the task belongs to another worker now. */
  reportTask(request: ReportTaskRequest): Promise<ReportTaskResponse> {
    return this.connection.call('reportTask', request);
  }

  /** Errors: LEASE_LOST. */
  async completeTask(request: CompleteTaskRequest): Promise<void> {
    await this.connection.call('completeTask', request);
  }

  close(): void {
    this.connection.close();
  }
}

function present(run: Run | undefined): Run {
  if (run === undefined) throw new LyceumError('INTERNAL', 'the orchestrator answered without a run');
  return run;
}
