import type {
  CompleteTaskRequest,
  LeaseTaskRequest,
  LeaseTaskResponse,
  RegisterWorkerRequest,
  ReportTaskRequest,
} from '@lyceum/contracts/orchestrator';
import { WorkerServiceService } from '@lyceum/contracts/orchestrator-service';
import { invalidField, LyceumError, renameFields } from '@lyceum/errors';
import { defineService, errorFromStatus, type CallContext, type ServedService } from '@lyceum/rpc';
import type { LeaseRef, RunStore, TaskLease } from '@lyceum/store';
import { record } from '@lyceum/telemetry';
import { reuseOf } from './reusable.js';
import type { Workforce } from './workforce.js';

export interface WorkerServiceOptions {
  readonly store: RunStore;
  readonly workforce: Workforce;
  readonly leaseMs: number;
  /** Called when a task has ended. */
  readonly onTaskEnd: () => void;
}

/** Tasks, for workers. */
export function workerService({ store, workforce, leaseMs, onTaskEnd }: WorkerServiceOptions): ServedService {
  const lease = async (
    worker: string,
    waitMs: number,
    { signal, draining }: CallContext,
  ): Promise<LeaseTaskResponse> => {
    const until = Date.now() + waitMs;
    while (!signal.aborted && !draining.aborted) {
      const leased = await store.leaseTask({ worker, leaseMs });
      if (leased !== undefined) return { lease: await leaseMessage(leased), stop: false };
      const left = until - Date.now();
      if (left <= 0) break;
      // Not longer than a second: a pause after a failure ends without any change to be told of.
      await store.waitForChange(Math.min(left, 1000), signal);
    }
    return { lease: undefined, stop: false };
  };

  const leaseMessage = async (leased: TaskLease): Promise<LeaseTaskResponse['lease']> => {
    const { run, task, fence, attempt } = leased;
    const { spec: planned, reuse } = reuseOf(leased.spec);
    try {
      const { spec, addresses } = await workforce.begin({ ...leased, spec: planned });
      return { run, task, fence, attempt, spec, addresses, reuse };
    } catch (caught) {
      throw await failTask(leased, caught);
    }
  };

  const failTask = async ({ run, task, fence }: LeaseRef, caught: unknown): Promise<LyceumError> => {
    const error = LyceumError.from(caught);
    await store.completeTask({ run, task, fence, error: error.toRecord(), retryable: false });
    onTaskEnd();
    return error;
  };

  return defineService(WorkerServiceService, {
    registerWorker: async ({ worker }: RegisterWorkerRequest) => {
      if (worker === undefined || worker.name === '') throw invalidField('worker.name', 'is required');
      if (worker.address === '') throw invalidField('worker.address', 'is required');
      await store.registerWorker(worker);
      return { heartbeatIntervalMs: Math.max(200, Math.min(1000, Math.floor(leaseMs / 5))) };
    },
    leaseTask: ({ worker, waitMs }: LeaseTaskRequest, context: CallContext) => {
      if (waitMs < 0 || waitMs > 60_000) throw invalidField('wait_ms', `must be 0 to 60000, found ${waitMs}`);
      return lease(worker, waitMs, context);
    },
    reportTask: async (report: ReportTaskRequest) => {
      const { cancel } = await store.reportTask({ ...report, leaseMs }).catch(underRun);
      if (cancel) return { cancel, addresses: {} };
      try {
        return { cancel, addresses: await workforce.addresses(await store.getRun(report.run), report.task) };
      } catch (caught) {
        // What the task needs cannot be had: waiting for it would be in vain.
        await failTask(report, caught);
        return { cancel: true, addresses: {} };
      }
    },
    completeTask: async ({ error, ...completion }: CompleteTaskRequest) => {
      const failed = error === undefined ? {} : { error: errorFromStatus(error).toRecord() };
      await store.completeTask({ ...completion, ...failed }).catch(underRun);
      record('lyceum.orchestrator.tasks', 1, {
        'lyceum.state': error === undefined ? 'succeeded' : 'failed',
      });
      onTaskEnd();
      return {};
    },
  });
}

/** A run that is not there, under the field that names it here. */
function underRun(error: unknown): never {
  throw renameFields(error, (field) => (field === 'name' ? 'run' : field));
}
