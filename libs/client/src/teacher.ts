import type {
  DistillBatch,
  DistillOpen,
  DistillOpened,
  DistillRequest,
  DistillResponse,
  Teacher,
} from '@lyceum/contracts/teacher';
import { TeacherServiceService } from '@lyceum/contracts/teacher-service';
import { LyceumError } from '@lyceum/errors';
import { connect, errorFromStatus, type Connection, type Duplex } from '@lyceum/rpc';
import type { HostTensor } from '@lyceum/tensor';
import { AnswerParts, endedEarly } from './answers.js';

/** The answer to one batch. */
export interface DistillAnswer {
  readonly sequence: number;
  /** Keys as `<id>/<tensor>`, taps by their names; empty when `error` is set. */
  readonly tensors: HostTensor[];
  /** Bytes of tensor data that crossed the wire. */
  readonly bytes: number;
  readonly cached: boolean;
  /** Why this batch could not be answered; the stream goes on. */
  readonly error?: LyceumError;
}

/**
 * A client of a teacher service.
 * @example
 * const teachers = openTeacher('unix:/tmp/teacher.sock');
 * const stream = await teachers.distill({ teacher: '', keys: [], taps: ['logits'], ... });
 * await stream.request({ sequence: 0, content: { $case: 'samples', value: { indices: [1, 2], view: 0 } } });
 * for await (const { sequence, tensors } of stream) console.log(sequence, tensors[0].shape);
 */
export function openTeacher(address: string): TeacherClient {
  return new TeacherClient(connect(address, TeacherServiceService));
}

export class TeacherClient {
  constructor(private readonly connection: Connection<typeof TeacherServiceService>) {}

  /** All teachers of the server. */
  async list(): Promise<Teacher[]> {
    const teachers: Teacher[] = [];
    let pageToken = '';
    do {
      const page = await this.connection.call('listTeachers', { pageSize: 0, pageToken });
      teachers.push(...page.teachers);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return teachers;
  }

  /** One teacher; the name may be empty when only one is served. Errors: UNKNOWN_NAME. */
  async get(name: string): Promise<Teacher> {
    const { teacher } = await this.connection.call('getTeacher', { name });
    if (teacher === undefined) throw new LyceumError('INTERNAL', 'the server answered without a teacher');
    return teacher;
  }

  /** Opens a stream and waits for what it grants. Errors: INVALID_FIELD, UNKNOWN_NAME, WRONG_STATE, UNREACHABLE. */
  async distill(open: DistillOpen, signal?: AbortSignal): Promise<TeacherStream> {
    const duplex = this.connection.stream('distill', signal === undefined ? {} : { signal });
    await duplex.write({ message: { $case: 'open', value: open } });
    const first = await duplex.next();
    if (first.done === true) throw endedEarly(this.connection.address);
    if (first.value.message?.$case !== 'opened') {
      duplex.cancel();
      throw new LyceumError('INTERNAL', 'the server answered `open` with something else');
    }
    return new TeacherStream(duplex, first.value.message.value);
  }

  close(): void {
    this.connection.close();
  }
}

/** A Distill stream: ask for batches, read whole answers in the same order. */
export class TeacherStream implements AsyncIterable<DistillAnswer> {
  constructor(
    private readonly duplex: Duplex<DistillRequest, DistillResponse>,
    readonly opened: DistillOpened,
  ) {}

  /** Asks for a batch; waits while the server is behind. */
  request(batch: DistillBatch): Promise<void> {
    return this.duplex.write({ message: { $case: 'batch', value: batch } });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<DistillAnswer, undefined> {
    const parts = new AnswerParts();
    for await (const { message } of this.duplex) {
      if (message?.$case !== 'keys') continue;
      const { sequence, tensors, last, error, cached } = message.value;
      if (error !== undefined) {
        parts.drop();
        yield { sequence, tensors: [], bytes: 0, cached: false, error: errorFromStatus(error) };
        continue;
      }
      const whole = parts.add(tensors, last, 'keys');
      if (whole !== undefined) yield { sequence, cached, ...whole };
    }
    return undefined;
  }

  /** Asks for no more; answers that are due still come. */
  end(): void {
    this.duplex.end();
  }

  close(): void {
    this.duplex.cancel();
  }
}
