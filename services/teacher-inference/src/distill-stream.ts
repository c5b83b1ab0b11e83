import type { DistillBatch, DistillOpen, DistillRequest, DistillResponse } from '@lyceum/contracts/teacher';
import { invalidField, LyceumError, renameFields } from '@lyceum/errors';
import { statusFrom, type CallContext } from '@lyceum/rpc';
import { continueTrace, record, secondsSince, withSpan, type Logger } from '@lyceum/telemetry';
import { splitRows, toWire, wireHead } from '@lyceum/tensor';
import { contentOf } from './batch-content.js';
import { planOf } from './opening.js';
import type { HostedPlan } from './hosted-plan.js';
import { describeTeacher } from './teacher-description.js';
import { wasKnown, type Answer, type TeacherHost } from './teacher-host.js';
import { formOf, wireForms, type WireForms } from './wire-forms.js';

export interface StreamLimits {
  readonly windowBatches: number;
  readonly batchSizeLimit: number;
  readonly dataRoots: readonly string[];
}

export interface StreamOptions {
  readonly limits: StreamLimits;
  readonly logger: Logger;
}

interface Pending {
  readonly sequence: number;
  readonly answer: Promise<Answer>;
}

/** Bytes of one message: large enough for speed, small enough to interleave. */
const messageBytes = 1 << 20;

/**
 * One Distill stream: batches are read ahead up to the granted window, computed in order, and answered in order.
 * What goes wrong with a batch is answered in its place; the stream goes on.
 */
export async function* distill(
  host: TeacherHost,
  { limits, logger }: StreamOptions,
  requests: AsyncIterable<DistillRequest>,
  context: CallContext,
): AsyncGenerator<DistillResponse> {
  const reader = requests[Symbol.asyncIterator]();
  const open = openingOf(await reader.next());
  const plan = await host.open(planOf(open, limits.dataRoots)).catch((error: unknown) => {
    throw renameFields(error, (field) => `open.${field}`);
  });
  const window = open.window === 0 ? limits.windowBatches : Math.min(open.window, limits.windowBatches);
  const about = { teacher: plan.teacher.name, keys: open.keys.map(({ id }) => id), taps: open.taps };
  logger.info({ ...about, ...host.counts }, 'stream opened');
  try {
    requireSameData(open, plan);
    const forms = wireForms(open, plan.opened.tensors);
    yield openedMessage(plan, window, limits.batchSizeLimit, forms);
    const queue = new BatchQueue(reader, window, (batch) => answerTo(host, plan, limits, batch));
    for (
      let head = await queue.next(context.signal);
      head !== undefined;
      head = await queue.next(context.signal)
    ) {
      yield* messagesOf(head, forms);
    }
  } finally {
    await host.close(plan);
    logger.info({ ...about, ...host.counts }, 'stream ended');
  }
}

/** Reads requests as long as fewer than `window` of them are unanswered. */
class BatchQueue {
  private readonly pending: Pending[] = [];
  private ended = false;
  private failure: LyceumError | undefined;
  private reading: Promise<void> | undefined;
  private last = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly reader: AsyncIterator<DistillRequest, unknown>,
    private readonly window: number,
    private readonly answer: (batch: DistillBatch) => Promise<Answer>,
  ) {}

  async next(signal: AbortSignal): Promise<Pending | undefined> {
    this.fill();
    while (this.pending.length === 0 && !this.ended && !signal.aborted) {
      await this.reading;
      this.fill();
    }
    if (this.failure !== undefined) throw this.failure;
    const head = this.pending[0];
    if (head === undefined) return undefined;
    await head.answer.catch(() => undefined);
    this.pending.shift();
    return head;
  }

  private fill(): void {
    if (this.reading !== undefined || this.ended || this.pending.length >= this.window) return;
    this.reading = this.readOne().then(() => {
      this.reading = undefined;
      this.fill();
    });
  }

  private async readOne(): Promise<void> {
    try {
      const { value, done } = await this.reader.next();
      if (done === true) {
        this.ended = true;
        return;
      }
      const { message } = value;
      if (message?.$case !== 'batch') throw invalidField('message', 'after `open` only `batch` may follow');
      const { sequence } = message.value;
      if (sequence <= this.last)
        throw invalidField('batch.sequence', `must rise, found ${sequence} after ${this.last}`);
      this.last = sequence;
      const answer = this.answer(message.value);
      answer.catch(() => undefined);
      this.pending.push({ sequence, answer });
    } catch (error) {
      this.failure = LyceumError.from(error);
      this.ended = true;
    }
  }
}

function openingOf({ value, done }: IteratorResult<DistillRequest, unknown>): DistillOpen {
  if (done === true) throw invalidField('message', 'the stream ended before `open`');
  const { message } = value;
  if (message?.$case !== 'open') throw invalidField('message', 'the first message must be `open`');
  return message.value;
}

function requireSameData(open: DistillOpen, plan: HostedPlan): void {
  const wanted = open.data?.digest ?? '';
  if (wanted === '' || wanted === plan.opened.dataDigest) return;
  const description = `this server reads other data under that name: ${plan.opened.dataDigest}, the caller has ${wanted}`;
  throw new LyceumError('WRONG_STATE', `open.data.digest: ${description}`, {
    violations: [{ field: 'open.data.digest', description }],
  });
}

async function answerTo(
  host: TeacherHost,
  plan: HostedPlan,
  limits: StreamLimits,
  batch: DistillBatch,
): Promise<Answer> {
  const content = contentOf(batch, plan.teacher, plan.opened.sampleCount, limits.batchSizeLimit);
  const started = performance.now();
  const attributes = { 'lyceum.teacher': plan.teacher.name };
  const answer = await continueTrace(batch.traceParent, () =>
    withSpan('teacher.answer', attributes, () => host.answer(plan, content)),
  );
  const size =
    batch.content?.$case === 'samples'
      ? batch.content.value.indices.length
      : (batch.content?.value.images?.shape[0] ?? 0);
  const { source } = answer;
  record('lyceum.teacher.batch.size', size, { ...attributes, 'lyceum.cached': wasKnown(source) });
  record('lyceum.teacher.answers', 1, { ...attributes, 'lyceum.source': source });
  if (source === 'own-pass') record('lyceum.teacher.forward.duration', secondsSince(started), attributes);
  return answer;
}

function openedMessage(
  plan: HostedPlan,
  window: number,
  maxBatchSize: number,
  forms: WireForms,
): DistillResponse {
  const tensors = plan.opened.tensors.map((tensor) => wireHead(tensor, formOf(forms, tensor)));
  const teacher = describeTeacher(plan.teacher);
  return { message: { $case: 'opened', value: { teacher, window, maxBatchSize, tensors } } };
}

async function* messagesOf({ sequence, answer }: Pending, forms: WireForms): AsyncGenerator<DistillResponse> {
  const base = { sequence, tensors: [], last: true, error: undefined, cached: false };
  try {
    const { tensors, source } = await answer;
    const cached = wasKnown(source);
    const parts = splitRows(
      tensors.map((tensor) => toWire(tensor, formOf(forms, tensor))),
      messageBytes,
    );
    for (const [i, part] of parts.entries()) {
      yield {
        message: { $case: 'keys', value: { ...base, tensors: part, last: i === parts.length - 1, cached } },
      };
    }
  } catch (error) {
    yield { message: { $case: 'keys', value: { ...base, error: statusFrom(LyceumError.from(error)) } } };
  }
}
