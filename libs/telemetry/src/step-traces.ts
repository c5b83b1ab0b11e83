import { openSpan, type Attributes, type OpenSpan } from './spans.js';
import { telemetryState } from './telemetry-state.js';

/**
 * One trace for each step of a training. A step's keys are asked for some steps ahead and its loss is computed
 * later, so its span is opened at the first mention and closed when the step is done.
 *
 * @example
 * const traces = new StepTraces('trainer.step', { task });
 * traces.run(step, () => stream.request(batch)); // some steps ahead
 * await traces.run(step, () => compute.step(step));
 * traces.end(step);
 */
export class StepTraces {
  private readonly spans = new Map<number, OpenSpan>();

  constructor(
    private readonly name: string,
    private readonly attributes: Attributes = {},
  ) {}

  /** Runs an action inside the step's trace. */
  run<T>(step: number, action: () => T): T {
    if (!telemetryState.traces) return action();
    const known = this.spans.get(step);
    const span =
      known ?? openSpan(this.name, { root: true, attributes: { ...this.attributes, 'lyceum.step': step } });
    if (known === undefined) this.spans.set(step, span);
    return span.run(action);
  }

  /** Closes a step's span. */
  end(step: number, error?: unknown): void {
    this.spans.get(step)?.end(error);
    this.spans.delete(step);
  }

  /** Closes all that are open, for instance when the training stops. */
  endAll(error?: unknown): void {
    for (const step of [...this.spans.keys()]) this.end(step, error);
  }
}
