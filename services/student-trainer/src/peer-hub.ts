import { LyceumError } from '@lyceum/errors';
import type { HostTensor } from '@lyceum/tensor';
import { packHistory, unpackHistory } from './peer-history.js';

/** What this trainer tells its peers: its keys by step, kept since its last checkpoint but one. */
export interface PublishedStage {
  readonly run: string;
  readonly stage: string;
  readonly self: string;
  readonly agreement: string;
}

interface Waiting {
  readonly step: number;
  resolve(tensors: readonly HostTensor[]): void;
  reject(error: Error): void;
}

/**
 * Keys of one co-training, by step. Peers ask for steps, also for steps to come; a peer that was restarted asks
 * again for steps it has lost. Steps older than every checkpoint that a peer could restart from are forgotten.
 */
export class PeerHub {
  private stage: PublishedStage | undefined;
  private readonly published = new Map<number, readonly HostTensor[]>();
  private waiting: Waiting[] = [];
  private next = 0;

  open(stage: PublishedStage, firstStep: number): void {
    this.close(new LyceumError('NOT_READY', 'peer: another stage was started'));
    this.stage = stage;
    this.next = firstStep;
  }

  /** The stage being served; throws when it is another than asked for, or none. */
  require(run: string, stage: string): PublishedStage {
    const current = this.stage;
    if (current?.run !== run || current.stage !== stage) {
      const found = current === undefined ? 'none' : `${current.run}/${current.stage}`;
      throw new LyceumError(
        'NOT_READY',
        `stage: this trainer is not in ${run}/${stage} yet (now: ${found})`,
        {
          retryAfterMs: 200,
        },
      );
    }
    return current;
  }

  get oldestStep(): number {
    return this.published.size === 0 ? this.next : Math.min(...this.published.keys());
  }

  get nextStep(): number {
    return this.next;
  }

  publish(step: number, tensors: readonly HostTensor[]): void {
    this.published.set(step, tensors);
    this.next = Math.max(this.next, step + 1);
    const served = this.waiting.filter((one) => one.step === step);
    this.waiting = this.waiting.filter((one) => one.step !== step);
    for (const one of served) one.resolve(tensors);
  }

  /** The keys of a step, when they are there. */
  keysOf(step: number, signal: AbortSignal): Promise<readonly HostTensor[]> {
    const known = this.published.get(step);
    if (known !== undefined) return Promise.resolve(known);
    if (step < this.oldestStep) {
      const description = `step ${step} is no longer kept; the oldest is ${this.oldestStep}`;
      return Promise.reject(
        new LyceumError('INDEX_OUT_OF_RANGE', `step: ${description}`, {
          violations: [{ field: 'step', description }],
        }),
      );
    }
    return new Promise((resolve, reject) => {
      const one = { step, resolve, reject };
      this.waiting.push(one);
      signal.addEventListener('abort', () => {
        this.waiting = this.waiting.filter((other) => other !== one);
        reject(new LyceumError('CANCELLED', 'the peer gave up waiting'));
      });
    });
  }

  /** All keys that are kept, `<step>/<name>`, for a checkpoint. */
  history(): HostTensor[] {
    return packHistory(this.published);
  }

  /** Puts keys from a checkpoint back, so that a peer that lost more steps can still be answered. */
  recall(history: readonly HostTensor[]): void {
    for (const [step, tensors] of unpackHistory(history)) this.published.set(step, tensors);
  }

  /** Forgets steps before `step`. */
  forgetBefore(step: number): void {
    for (const known of this.published.keys()) if (known < step) this.published.delete(known);
  }

  close(reason = new LyceumError('NOT_READY', 'peer: the stage has ended')): void {
    this.stage = undefined;
    this.published.clear();
    for (const one of this.waiting) one.reject(reason);
    this.waiting = [];
  }
}
