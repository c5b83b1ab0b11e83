import { TrainerTask_State, type StepMetrics, type TrainerTask } from '@lyceum/contracts/trainer';
import { LyceumError } from '@lyceum/errors';
import type { StepNumbers } from './worker/compute-api.js';

interface CheckpointRequest {
  readonly resolve: (saved: { step: number; artifact: string }) => void;
  readonly reject: (error: Error) => void;
}

/** Keys of a step, and how long they were waited for. */
export interface Received {
  readonly step: number;
  readonly sampleCount: number;
  readonly ms: number;
}

type Listener = (numbers: StepMetrics) => void;

/** What the task in work has come to: for reports to the orchestrator, and for those who watch this trainer. */
export class Progress {
  private task: { run: string; name: string; stage: string; started: number } | undefined;
  private state = TrainerTask_State.IDLE;
  private step = 0;
  private stepCount = 0;
  private checkpointStep = -1;
  private latest: StepMetrics | undefined;
  private unreported: StepMetrics[] = [];
  private replayed: readonly StepMetrics[] = [];
  private readonly checkpointRequests: CheckpointRequest[] = [];
  private readonly listeners = new Set<Listener>();

  start(run: string, name: string, stage: string): void {
    this.task = { run, name, stage, started: Date.now() };
    this.state = TrainerTask_State.PREPARING;
    this.step = 0;
    this.stepCount = 0;
    this.checkpointStep = -1;
    this.latest = undefined;
    this.unreported = [];
    this.replayed = [];
  }

  training(step: number, stepCount: number): void {
    this.state = TrainerTask_State.TRAINING;
    this.step = step;
    this.stepCount = stepCount;
  }

  evaluating(): void {
    this.state = TrainerTask_State.EVALUATING;
  }

  checkpointed(step: number, artifact: string): void {
    this.checkpointStep = step;
    for (const { resolve } of this.checkpointRequests.splice(0)) resolve({ step, artifact });
  }

  checkpointFailed(error: Error): void {
    for (const { reject } of this.checkpointRequests.splice(0)) reject(error);
  }

  idle(): void {
    this.checkpointFailed(new LyceumError('WRONG_STATE', 'task: it ended before the checkpoint was written'));
    this.task = undefined;
    this.state = TrainerTask_State.IDLE;
  }

  stepped(numbers: StepNumbers, receivedBytes: number): void {
    const wallMs = Math.max(numbers.busyMs + numbers.waitMs, 1e-6);
    this.add({
      step: numbers.step,
      epoch: numbers.epoch,
      loss: numbers.loss,
      losses: numbers.losses,
      accuracy: numbers.accuracy,
      learningRate: numbers.learningRate,
      samplesPerSecond: (1000 * numbers.sampleCount) / wallMs,
      waitShare: numbers.waitMs / wallMs,
      receivedBytes,
    });
  }

  /** Keys of a step were received, and nothing was trained. */
  received({ step, sampleCount, ms }: Received, receivedBytes: number): void {
    const nothing = { loss: 0, losses: {}, accuracy: 0, learningRate: 0, waitShare: 0, epoch: 0 };
    const samplesPerSecond = (1000 * sampleCount) / Math.max(ms, 1e-6);
    this.add({ ...nothing, step, samplesPerSecond, receivedBytes });
  }

  private add(metrics: StepMetrics): void {
    this.step = metrics.step + 1;
    this.latest = metrics;
    this.unreported.push(metrics);
    for (const listener of this.listeners) listener(metrics);
  }

  /** Takes over the numbers of an earlier task that came to the same; they are reported as they are. */
  replay(series: readonly StepMetrics[], stepCount: number): void {
    this.step = stepCount;
    this.stepCount = stepCount;
    this.latest = series.at(-1);
    this.replayed = series;
  }

  /**
   * Numbers since the last call, in at most `limit` means over consecutive steps. A mean ends where the number of steps
   * is a multiple of its size, a power of two, so that the curves of two runs have points in common.
   */
  takeUnreported(limit = 8): StepMetrics[] {
    const taken = this.unreported;
    this.unreported = [];
    const { replayed } = this;
    this.replayed = [];
    return [...replayed, ...meansOf(taken, limit)];
  }

  /** Asks for a checkpoint after the step in work; answered when it is written. */
  requestCheckpoint(): Promise<{ step: number; artifact: string }> {
    return new Promise((resolve, reject) => this.checkpointRequests.push({ resolve, reject }));
  }

  get checkpointWanted(): boolean {
    return this.checkpointRequests.length > 0;
  }

  get position(): { step: number; stepCount: number } {
    return { step: this.step, stepCount: this.stepCount };
  }

  get currentTask(): string {
    return this.task?.name ?? '';
  }

  get isIdle(): boolean {
    return this.task === undefined;
  }

  describe(): TrainerTask {
    const elapsedMs = this.task === undefined ? 0 : Date.now() - this.task.started;
    return {
      task: this.task?.name ?? '',
      run: this.task?.run ?? '',
      stage: this.task?.stage ?? '',
      state: this.state,
      step: this.step,
      stepCount: this.stepCount,
      checkpointStep: this.checkpointStep,
      metrics: this.latest,
      elapsed: { seconds: Math.floor(elapsedMs / 1000), nanos: (elapsedMs % 1000) * 1e6 },
    };
  }

  watch(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/** Numbers of consecutive steps in at most `limit` means, or 2; see `takeUnreported`. */
export function meansOf(taken: readonly StepMetrics[], limit: number): StepMetrics[] {
  for (let size = 1; ; size *= 2) {
    const groups = new Map<number, StepMetrics[]>();
    for (const numbers of taken) {
      const place = Math.floor(numbers.step / size);
      const group = groups.get(place);
      if (group === undefined) groups.set(place, [numbers]);
      else group.push(numbers);
    }
    if (groups.size <= Math.max(limit, 2)) return [...groups.values()].map(meanOf);
  }
}

/** Mean of consecutive steps' numbers; step, epoch, learning rate and bytes are the last one's. */
export function meanOf(several: readonly StepMetrics[]): StepMetrics {
  const last = several[several.length - 1];
  const mean = (pick: (numbers: StepMetrics) => number) =>
    several.reduce((sum, numbers) => sum + pick(numbers), 0) / several.length;
  return {
    ...last,
    loss: mean((n) => n.loss),
    losses: Object.fromEntries(Object.keys(last.losses).map((as) => [as, mean((n) => n.losses[as] ?? 0)])),
    accuracy: mean((n) => n.accuracy),
    samplesPerSecond: 1 / mean((n) => 1 / n.samplesPerSecond),
    waitShare: mean((n) => n.waitShare),
  };
}
