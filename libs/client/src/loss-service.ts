import type { ApplyOpen, ApplyOpened, ApplyRequest, ApplyResponse, Loss } from '@lyceum/contracts/loss';
import { LossServiceService } from '@lyceum/contracts/loss-service';
import { LyceumError } from '@lyceum/errors';
import { connect, errorFromStatus, type Connection, type Duplex } from '@lyceum/rpc';
import { fromWire, splitRows, toWire, type HostTensor } from '@lyceum/tensor';
import { AnswerParts, endedEarly } from './answers.js';

/** One step's inputs. */
export interface LossStepInput {
  readonly step: number;
  readonly epoch: number;
  readonly student: readonly HostTensor[];
  readonly keys: readonly HostTensor[];
  readonly weights: readonly HostTensor[];
  readonly labels?: HostTensor;
  readonly indices?: HostTensor;
  /** Inputs beside these, as the loss declares them. */
  readonly extra?: readonly HostTensor[];
  /** What the gradients are to be multiplied by; servers may leave it to the caller. */
  readonly gradientFactor?: number;
}

/** One step's outcome. */
export interface LossStepResult {
  readonly value: number;
  readonly terms: Record<string, number>;
  /** By student slot, and `weights.<name>` by adapter weight. */
  readonly gradients: HostTensor[];
  /** What the gradients are multiplied by; absent: 1. */
  readonly gradientFactor?: number;
}

/**
 * A client of a loss service.
 * @example
 * const losses = openLossService('unix:/tmp/loss.sock');
 * const session = await losses.session({ loss: 'kd', ... });
 * const { value, gradients } = await session.step({ step: 0, epoch: 0, student, keys, weights: [] });
 */
export function openLossService(address: string): LossServiceClient {
  return new LossServiceClient(connect(address, LossServiceService));
}

export class LossServiceClient {
  constructor(private readonly connection: Connection<typeof LossServiceService>) {}

  /** All losses of the server. */
  async list(): Promise<Loss[]> {
    const losses: Loss[] = [];
    let pageToken = '';
    do {
      const page = await this.connection.call('listLosses', { pageSize: 0, pageToken });
      losses.push(...page.losses);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return losses;
  }

  /** One loss. Errors: UNKNOWN_NAME. */
  async get(name: string): Promise<Loss> {
    const { loss } = await this.connection.call('getLoss', { name });
    if (loss === undefined) throw new LyceumError('INTERNAL', 'the server answered without a loss');
    return loss;
  }

  /** Opens a session. Errors: INVALID_FIELD, UNKNOWN_NAME, TAPS_DO_NOT_MATCH, UNREACHABLE. */
  async session(open: ApplyOpen, signal?: AbortSignal): Promise<LossSessionStream> {
    const duplex = this.connection.stream('apply', signal === undefined ? {} : { signal });
    const session = new LossSessionStream(duplex, this.connection.address);
    await session.open(open);
    return session;
  }

  close(): void {
    this.connection.close();
  }
}

type Message = NonNullable<ApplyRequest['message']>;
type Answer = NonNullable<ApplyResponse['message']>;

/** A session of one loss: one request after the other. */
export class LossSessionStream {
  private sequence = 0;
  private grant: ApplyOpened = { weights: [], trainable: [] };

  constructor(
    private readonly duplex: Duplex<ApplyRequest, ApplyResponse>,
    private readonly address: string,
  ) {}

  /** What the server granted: initial adapter weights. */
  get opened(): ApplyOpened {
    return this.grant;
  }

  async open(open: ApplyOpen): Promise<void> {
    await this.send({ $case: 'open', value: open });
    const answer = await this.receive();
    if (answer.$case !== 'opened') throw unexpected(answer);
    this.grant = answer.value;
  }

  /** Value and gradients of one step. Errors: SHAPE_MISMATCH, NON_FINITE, INDEX_OUT_OF_RANGE, naming the field. */
  async step(input: LossStepInput): Promise<LossStepResult> {
    const { student, keys, weights, labels, indices, extra = [] } = input;
    const wire = (tensors: readonly HostTensor[]) => tensors.map((tensor) => toWire(tensor));
    await this.send({
      $case: 'step',
      value: {
        step: input.step,
        epoch: input.epoch,
        student: wire(student),
        keys: wire(keys),
        weights: wire(weights),
        labels: labels && toWire(labels),
        indices: indices && toWire(indices),
        extra: wire(extra),
        gradientFactor: input.gradientFactor,
      },
    });
    const answer = await this.receive();
    if (answer.$case !== 'result') throw unexpected(answer);
    const { value, terms, gradients, gradientFactor } = answer.value;
    return {
      value,
      terms,
      gradients: gradients.map((tensor, i) => fromWire(tensor, `gradients[${i}]`)),
      ...(gradientFactor === undefined ? {} : { gradientFactor }),
    };
  }

  /** The session's state, for a checkpoint. */
  async snapshot(): Promise<HostTensor[]> {
    await this.send({ $case: 'snapshot', value: {} });
    const parts = new AnswerParts();
    for (;;) {
      const answer = await this.receive();
      if (answer.$case !== 'state') throw unexpected(answer);
      const whole = parts.add(answer.value.state, answer.value.last, 'state');
      if (whole !== undefined) return whole.tensors;
    }
  }

  /** Puts state back. */
  async restore(state: readonly HostTensor[]): Promise<void> {
    const parts = splitRows(state.map((tensor) => toWire(tensor)));
    for (const [i, part] of parts.entries()) {
      await this.send({ $case: 'restore', value: { state: part, last: i === parts.length - 1 } });
    }
    const answer = await this.receive();
    if (answer.$case !== 'state') throw unexpected(answer);
  }

  private send(message: Message): Promise<void> {
    this.sequence += 1;
    return this.duplex.write({ sequence: this.sequence, message });
  }

  private async receive(): Promise<Answer> {
    const { value, done } = await this.duplex.next();
    if (done === true) throw endedEarly(this.address);
    const { message } = value;
    if (message === undefined) throw new LyceumError('INTERNAL', 'the server answered with an empty message');
    if (message.$case === 'error') throw errorFromStatus(message.value);
    return message;
  }

  close(): void {
    this.duplex.cancel();
  }
}

function unexpected(answer: Answer): LyceumError {
  return new LyceumError(
    'INTERNAL',
    `the loss service answered with "${answer.$case}" where something else was due`,
  );
}
