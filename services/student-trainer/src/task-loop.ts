import { openArtifacts } from '@lyceum/artifacts';
import { openWorkerOrchestrator, type WorkerOrchestrator } from '@lyceum/client';
import type { TaskLease } from '@lyceum/contracts/orchestrator';
import { LyceumError } from '@lyceum/errors';
import { taskSpecSchema, type TaskSpec } from '@lyceum/recipes';
import { statusFrom } from '@lyceum/rpc';
import type { Logger } from '@lyceum/telemetry';
import { runCacheTask } from './cache-task.js';
import type { Compute } from './compute.js';
import { runEvaluateTask } from './evaluate-task.js';
import type { PeerHub } from './peer-hub.js';
import type { Progress } from './progress.js';
import { runSelectTask } from './select-task.js';
import { withReuse } from './reuse/with-reuse.js';
import type { TaskContext, TaskOutcome } from './task-context.js';
import { runTrainTask } from './train-task.js';

export interface TaskLoopOptions {
  readonly worker: string;
  readonly address: string;
  readonly orchestratorAddress: string;
  readonly artifactsUrl: string;
  readonly compute: Compute;
  readonly hub: PeerHub;
  readonly progress: Progress;
  readonly windowBatches: number;
  readonly patienceMs: number;
  readonly logger: Logger;
  /** Aborted when the process is to stop. */
  readonly signal: AbortSignal;
}

/** Leases tasks from the orchestrator and does them, one after the other, until told to stop. */
export class TaskLoop {
  private readonly orchestrator: WorkerOrchestrator;
  private heartbeatMs = 1000;

  constructor(private readonly options: TaskLoopOptions) {
    this.orchestrator = openWorkerOrchestrator(options.orchestratorAddress);
  }

  /** Until told to stop; an orchestrator that is away, or forgot this worker, is waited for. */
  async run(): Promise<void> {
    const { signal, logger, worker } = this.options;
    let registered = false;
    while (!signal.aborted) {
      try {
        if (!registered) await this.register();
        registered = true;
        const { lease, stop } = await this.orchestrator.leaseTask({ worker, waitMs: 5000 }, signal);
        if (stop) return;
        if (lease !== undefined) await this.work(lease);
      } catch (caught) {
        const error = LyceumError.from(caught);
        if (signal.aborted) return;
        logger.warn({ reason: error.reason }, `orchestrator: ${error.message}; trying again`);
        await new Promise((resolve) => setTimeout(resolve, 500));
        registered = false;
      }
    }
  }

  private async register(): Promise<void> {
    const { worker, address, compute, signal } = this.options;
    const device = compute.engine.backend === 'gpu' ? 'gpu' : 'cpu';
    const described = { name: worker, kind: 'trainer', address, device, memoryBytes: 0, labels: {} };
    const { heartbeatIntervalMs } = await this.orchestrator.registerWorker({ worker: described }, signal);
    this.heartbeatMs = heartbeatIntervalMs;
  }

  private async work(lease: TaskLease): Promise<void> {
    const { logger, progress, worker, signal } = this.options;
    const own = { worker, run: lease.run, task: lease.task, fence: lease.fence };
    const stop = new AbortController();
    const onStop = () => stop.abort();
    signal.addEventListener('abort', onStop);
    logger.info({ run: lease.run, task: lease.task, attempt: lease.attempt }, 'task started');
    const messages: string[] = [];
    const addresses = new Map(Object.entries(lease.addresses));
    const report = async () => {
      const message = messages.splice(0).join('; ');
      const metrics = progress.takeUnreported();
      const answer = await this.orchestrator.reportTask({
        ...own,
        ...progress.position,
        metrics,
        message,
        artifacts: {},
      });
      for (const [name, address] of Object.entries(answer.addresses)) addresses.set(name, address);
      if (answer.cancel) stop.abort(new LyceumError('CANCELLED', 'the run was cancelled'));
    };
    const heartbeat = this.heartbeat(report, stop);
    try {
      const outcome = await this.perform(lease, addresses, stop.signal, (message) => {
        logger.info({ task: lease.task }, message);
        messages.push(message);
      });
      await report();
      await this.orchestrator.completeTask({ ...own, ...outcome, error: undefined });
      logger.info({ task: lease.task, ...outcome.results }, 'task done');
    } catch (caught) {
      const error = LyceumError.from(caught);
      // Stopping is no failure of the task: its lease runs out and another worker goes on from the checkpoint.
      if (signal.aborted || error.reason === 'LEASE_LOST') return;
      logger.error(
        { task: lease.task, reason: error.reason, error: error.reason === 'INTERNAL' ? caught : undefined },
        error.message,
      );
      await this.orchestrator.completeTask({ ...own, results: {}, artifacts: {}, error: statusFrom(error) });
    } finally {
      heartbeat.stop();
      signal.removeEventListener('abort', onStop);
      progress.idle();
    }
  }

  private heartbeat(report: () => Promise<void>, stop: AbortController): { stop: () => void } {
    let reporting = false;
    const timer = setInterval(() => {
      if (reporting) return;
      reporting = true;
      report()
        .catch((caught: unknown) => {
          const error = LyceumError.from(caught);
          if (error.reason === 'LEASE_LOST') stop.abort(error);
          else this.options.logger.warn({ reason: error.reason }, `report: ${error.message}`);
        })
        .finally(() => (reporting = false));
    }, this.heartbeatMs);
    return { stop: () => clearInterval(timer) };
  }

  private async perform(
    lease: TaskLease,
    addresses: ReadonlyMap<string, string>,
    signal: AbortSignal,
    notice: (message: string) => void,
  ): Promise<TaskOutcome> {
    const { artifactsUrl, compute, hub, progress, windowBatches, patienceMs } = this.options;
    const spec = specOf(lease);
    progress.start(lease.run, lease.task, spec.stage);
    compute.handlers = { 'data.progress': async ({ message }) => (notice(message), {}) };
    const context: TaskContext = {
      run: lease.run,
      artifacts: openArtifacts(artifactsUrl),
      fence: lease.fence,
      compute,
      hub,
      progress,
      addressOf: (name) => addresses.get(name) ?? '',
      windowBatches,
      patienceMs,
      signal,
      notice,
    };
    const perform = () => performTask(spec, context);
    return lease.reuse ? withReuse(spec, context, perform) : perform();
  }
}

function performTask(spec: TaskSpec, context: TaskContext): Promise<TaskOutcome> {
  switch (spec.kind) {
    case 'train':
      return runTrainTask(spec, context);
    case 'evaluate':
      return runEvaluateTask(spec, context);
    case 'select':
      return runSelectTask(spec, context);
    case 'cache':
      return runCacheTask(spec, context);
  }
}

function specOf(lease: TaskLease): TaskSpec {
  const parsed = taskSpecSchema.safeParse(lease.spec);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new LyceumError(
    'INVALID_FIELD',
    `spec.${issue.path.join('.')}: ${issue.message}; orchestrator and trainer may be of different versions`,
  );
}
