import type { ExchangeOpen, ExchangeOpened, ExchangeRequest, ExchangeResponse } from '@lyceum/contracts/peer';
import { PeerServiceService } from '@lyceum/contracts/peer-service';
import { LyceumError } from '@lyceum/errors';
import { connect, errorFromStatus, type Connection, type Duplex } from '@lyceum/rpc';
import { fromWire, type HostTensor } from '@lyceum/tensor';
import { endedEarly } from './answers.js';

/**
 * A client of another student.
 * @example const stream = await openPeer('unix:/tmp/b.sock').exchange({ stage, peer: 'a', agreement });
 */
export function openPeer(address: string): PeerClient {
  return new PeerClient(connect(address, PeerServiceService));
}

export class PeerClient {
  constructor(private readonly connection: Connection<typeof PeerServiceService>) {}

  /** Opens an exchange. Errors: WRONG_STATE when the peers train on different data, NOT_READY, UNREACHABLE. */
  async exchange(open: ExchangeOpen, signal?: AbortSignal): Promise<PeerStream> {
    const duplex = this.connection.stream('exchange', signal === undefined ? {} : { signal });
    await duplex.write({ message: { $case: 'open', value: open } });
    const { value, done } = await duplex.next();
    if (done === true) throw endedEarly(this.connection.address);
    if (value.message?.$case !== 'opened') {
      duplex.cancel();
      throw new LyceumError('INTERNAL', 'the peer answered `open` with something else');
    }
    return new PeerStream(duplex, value.message.value, () => this.connection.close());
  }
}

/** Another student's keys, step by step. */
export class PeerStream {
  constructor(
    private readonly duplex: Duplex<ExchangeRequest, ExchangeResponse>,
    readonly opened: ExchangeOpened,
    private readonly disconnect: () => void,
  ) {}

  /** The peer's keys of a step; waits until it has computed them. Errors: INDEX_OUT_OF_RANGE, UNREACHABLE. */
  async keysOf(step: number): Promise<HostTensor[]> {
    await this.duplex.write({ message: { $case: 'step', value: { step, phase: 0 } } });
    const { value, done } = await this.duplex.next();
    if (done === true) throw new LyceumError('UNREACHABLE', 'the peer ended the exchange');
    if (value.message?.$case !== 'keys')
      throw new LyceumError('INTERNAL', 'the peer answered with something else than keys');
    const { error, tensors } = value.message.value;
    if (error !== undefined) throw errorFromStatus(error);
    return tensors.map((tensor, i) => fromWire(tensor, `keys[${i}]`));
  }

  close(): void {
    this.duplex.cancel();
    this.disconnect();
  }
}
