import type { Run, RunEvent, Task } from '@lyceum/contracts/orchestrator';
import { MultiBar, type SingleBar } from 'cli-progress';

/** Shows a run as it goes: bars on a terminal, plain lines otherwise. */
export interface ProgressView {
  show(run: Run): void;
  event(event: RunEvent): void;
  end(): void;
}

/** Bars with rate and time left for a terminal; a line now and then for everything else. */
export function progressView(stream: NodeJS.WriteStream): ProgressView {
  return stream.isTTY ? new BarView(stream) : new LineView(stream);
}

interface Shown {
  readonly name: string;
  readonly step: number;
  readonly stepCount: number;
  readonly rate: string;
  readonly loss: string;
  readonly accuracy: string;
  readonly left: string;
  readonly wait: string;
}

function shown(task: Task): Shown {
  const { metrics, step, stepCount } = task;
  const trained = task.kind === 'cache' ? undefined : metrics;
  const elapsed = task.startTime === undefined ? 0 : (Date.now() - task.startTime.getTime()) / 1000;
  const left = step > 0 ? (elapsed / step) * (stepCount - step) : undefined;
  return {
    name: task.name.padEnd(14),
    step,
    stepCount: Math.max(stepCount, 1),
    rate: metrics === undefined ? '' : `${metrics.samplesPerSecond.toFixed(0)} images/s`,
    loss: trained === undefined ? '' : `loss ${trained.loss.toFixed(3)}`,
    accuracy: trained === undefined ? '' : `train accuracy ${(100 * trained.accuracy).toFixed(1)} %`,
    left: left === undefined ? '' : `${Math.ceil(left)} s left`,
    wait:
      metrics === undefined || metrics.receivedBytes === 0 || metrics.waitShare < 0.005
        ? ''
        : `waits for keys ${(100 * metrics.waitShare).toFixed(0)} %`,
  };
}

/** What a task has come to; undefined until it has. */
function resultText({ kind, results: { accuracy, samples, views } }: Task): string | undefined {
  if (kind === 'cache') return samples === undefined ? undefined : `${samples} samples, views: ${views}`;
  return accuracy === undefined ? undefined : `test accuracy ${(100 * accuracy).toFixed(2)} %`;
}

const noisy = new Set(['task.metrics', 'run.created']);

class BarView implements ProgressView {
  private readonly bars = new Map<string, SingleBar>();
  private readonly multi: MultiBar;

  constructor(stream: NodeJS.WriteStream) {
    const format = '{name} {bar} {percentage} %  {rate}  {left}  {loss}  {accuracy}  {wait}';
    this.multi = new MultiBar({
      format,
      stream,
      barsize: 24,
      hideCursor: true,
      clearOnComplete: false,
      barCompleteChar: '█',
      barIncompleteChar: '░',
    });
  }

  show(run: Run): void {
    for (const task of run.tasks) {
      if (task.startTime === undefined || ['evaluate', 'select'].includes(task.kind)) continue;
      const { step, stepCount, ...payload } = shown(task);
      const bar = this.bars.get(task.name) ?? this.multi.create(stepCount, 0, payload);
      this.bars.set(task.name, bar);
      bar.setTotal(stepCount);
      const result = resultText(task);
      const done = result === undefined ? {} : { left: '', wait: '', loss: '', accuracy: result };
      bar.update(result === undefined ? step : stepCount, { ...payload, ...done });
    }
  }

  event(event: RunEvent): void {
    if (noisy.has(event.kind) || event.message === '') return;
    if (event.kind === 'task.started' || event.kind === 'task.succeeded') return;
    this.multi.log(`${label(event)}${event.message}\n`);
  }

  end(): void {
    this.multi.stop();
  }
}

class LineView implements ProgressView {
  private readonly lastShown = new Map<string, number>();

  constructor(private readonly stream: NodeJS.WriteStream) {}

  show(run: Run): void {
    for (const task of run.tasks) {
      const last = this.lastShown.get(task.name) ?? 0;
      if (task.metrics === undefined || task.endTime !== undefined || Date.now() - last < 5000) continue;
      this.lastShown.set(task.name, Date.now());
      const { name, step, stepCount, rate, left, loss, accuracy, wait } = shown(task);
      const parts = [`${name} step ${step} of ${stepCount}`, rate, left, loss, accuracy, wait];
      this.stream.write(`${parts.filter((part) => part !== '').join(', ')}\n`);
    }
  }

  event(event: RunEvent): void {
    if (noisy.has(event.kind) || event.message === '') return;
    this.stream.write(`${label(event)}${event.message}\n`);
  }

  end(): void {
    this.lastShown.clear();
  }
}

function label(event: RunEvent): string {
  return event.task === '' ? '' : `${event.task.padEnd(14)} `;
}
