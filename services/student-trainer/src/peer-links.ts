import { openPeer, type PeerStream } from '@lyceum/client';
import { LyceumError } from '@lyceum/errors';
import type { HostTensor } from '@lyceum/tensor';
import type { PeerHub, PublishedStage } from './peer-hub.js';

export interface PeerLinksOptions {
  readonly stage: PublishedStage;
  readonly peers: readonly string[];
  /** Address of a peer at this moment; empty while it is unknown. */
  readonly address: (peer: string) => string;
  readonly hub: PeerHub;
  /** What a peer that has ended left behind, by step; absent while it has not. */
  readonly keysLeftBy: (peer: string) => Promise<ReadonlyMap<number, HostTensor[]> | undefined>;
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  readonly notice: (message: string) => void;
}

/** The other students of a co-training: publishes this one's keys and fetches theirs, step by step. */
export class PeerLinks {
  private readonly streams = new Map<string, PeerStream>();
  private readonly left = new Map<string, ReadonlyMap<number, HostTensor[]>>();

  constructor(private readonly options: PeerLinksOptions) {}

  /** Publishes this student's keys of a step and waits for every peer's. */
  async exchange(step: number, tensors: readonly HostTensor[]): Promise<Record<string, HostTensor[]>> {
    const { hub, peers } = this.options;
    hub.publish(step, tensors);
    const answers = await Promise.all(
      peers.map(async (peer) => [peer, await this.fetch(peer, step)] as const),
    );
    return Object.fromEntries(answers);
  }

  private async fetch(peer: string, step: number): Promise<HostTensor[]> {
    const { patienceMs, signal, notice } = this.options;
    const until = Date.now() + patienceMs;
    let told = false;
    for (;;) {
      try {
        return this.left.get(peer)?.get(step) ?? (await (await this.link(peer)).keysOf(step));
      } catch (caught) {
        const error = LyceumError.from(caught);
        this.streams.get(peer)?.close();
        this.streams.delete(peer);
        const passing = error.codeName === 'UNAVAILABLE' || error.codeName === 'CANCELLED';
        if (signal.aborted || !passing) throw error.under(`peer "${peer}"`);
        if (await this.findLeft(peer, step)) continue;
        if (Date.now() > until) {
          const message = `peer "${peer}" did not answer step ${step} for ${patienceMs / 1000} s: ${error.message}`;
          throw new LyceumError('UNREACHABLE', message, { cause: error });
        }
        if (!told && Date.now() > until - patienceMs + 2000) {
          told = true;
          notice(`waiting for peer "${peer}" at step ${step}: ${error.message}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  /** Whether a peer has ended, so that its keys of a step are among what it left. */
  private async findLeft(peer: string, step: number): Promise<boolean> {
    const left = this.left.get(peer) ?? (await this.options.keysLeftBy(peer));
    if (left !== undefined) this.left.set(peer, left);
    return left?.has(step) === true;
  }

  private async link(peer: string): Promise<PeerStream> {
    const known = this.streams.get(peer);
    if (known !== undefined) return known;
    const { stage, address } = this.options;
    const target = address(peer);
    if (target === '') throw new LyceumError('NOT_READY', `peer "${peer}" has no worker yet`);
    const stream = await openPeer(target).exchange({
      stage: { run: stage.run, stage: stage.stage },
      peer: stage.self,
      agreement: stage.agreement,
    });
    this.streams.set(peer, stream);
    return stream;
  }

  close(): void {
    for (const stream of this.streams.values()) stream.close();
    this.streams.clear();
  }
}
