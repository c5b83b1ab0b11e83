import { openTeacher, type DistillAnswer, type TeacherClient, type TeacherStream } from '@lyceum/client';
import { DistillOpen } from '@lyceum/contracts/teacher';
import { tinyModel } from '../processes/made-weights.js';
import type { Scope } from '../processes/scope.js';
import type { Served } from '../processes/service.js';

const batchSize = 8;
/** An epoch of the made-up data. */
const batchesPerView = 8;

/** What the students of a sweep have in common. */
const opening = {
  data: { name: tinyModel.data, trainLimit: batchSize * batchesPerView, testLimit: 10 },
  augmentation: { padCropPixels: 2, flip: true, seed: 3 },
};

/** A student's stream without the student: asks for one batch after the other. */
export class AskingStream {
  private readonly answers: AsyncIterator<DistillAnswer, undefined>;
  private sequence = 0;

  private constructor(
    private readonly teachers: TeacherClient,
    private readonly stream: TeacherStream,
  ) {
    this.answers = stream[Symbol.asyncIterator]();
  }

  /** Opens one for the key of a loss; with `keep`, its answers are to outlive the teacher. */
  static async open(scope: Scope, { address }: Served, loss: string, keep = false): Promise<AskingStream> {
    const teachers = openTeacher(address);
    scope.defer(() => teachers.close());
    const open = DistillOpen.fromPartial({ ...opening, keys: [{ id: loss, loss }], keep });
    return new AskingStream(teachers, await teachers.distill(open));
  }

  /** The answer to a step's batch as text, so that equal means bit for bit. */
  async ask(step: number): Promise<string> {
    const first = (step % batchesPerView) * batchSize;
    const indices = Array.from({ length: batchSize }, (_, i) => first + i);
    const samples = { indices, view: Math.floor(step / batchesPerView) };
    this.sequence += 1;
    const { sequence } = this;
    await this.stream.request({
      sequence,
      content: { $case: 'samples', value: samples },
      traceParent: undefined,
    });
    const { value, done } = await this.answers.next();
    if (done === true) throw new Error('the teacher ended the stream');
    if (value.error !== undefined) throw value.error;
    return value.tensors.map(({ name, shape, data }) => `${name} [${shape.join()}] ${hex(data)}`).join(' ');
  }

  /** Ends it, and waits until the teacher has noticed. */
  async end(): Promise<void> {
    this.stream.end();
    await this.answers.next();
    this.teachers.close();
  }
}

function hex({ buffer, byteOffset, byteLength }: Uint8Array | Float32Array | Int32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('hex');
}
