import { openTeacher, type DistillAnswer, type TeacherStream } from '@lyceum/client';
import type { DataRef, DistillOpen } from '@lyceum/contracts/teacher';
import { LyceumError } from '@lyceum/errors';
import { viewsOf, type TaskTeacher, type TrainTask } from '@lyceum/recipes';
import type { StepTraces } from '@lyceum/telemetry';
import { toWire, type HostTensor } from '@lyceum/tensor';
import type { BatchNames } from './batch-names.js';
import { keyEncoding, streamDtype } from './key-encoding.js';
import type { KeyRequest } from './worker/compute-api.js';

export interface KeyStreamOptions {
  readonly teacher: TaskTeacher;
  /** Asked at each connection: a teacher that comes back may be at another address. */
  readonly address: () => string;
  readonly task: Pick<TrainTask, 'data' | 'dataSeed' | 'losses'>;
  readonly requests: readonly KeyRequest[];
  readonly dataDigest: string;
  /** How many training samples there are. */
  readonly sampleCount: number;
  readonly names: BatchNames;
  readonly firstStep: number;
  readonly stepCount: number;
  readonly window: number;
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  readonly notice: (message: string) => void;
  /** Keys are asked for inside the trace of the step that needs them. */
  readonly traces?: StepTraces;
}

/** Keys of one teacher, asked for ahead of the steps that need them and handed out step by step. */
export class KeyStream {
  private stream: TeacherStream | undefined;
  private answers: AsyncIterator<DistillAnswer, undefined> | undefined;
  private asked: number;
  private window: number;
  receivedBytes = 0;

  constructor(private readonly options: KeyStreamOptions) {
    this.asked = options.firstStep;
    this.window = options.window;
  }

  /** The keys of a step; steps must be asked for in order. A teacher that is away is waited for. */
  async keysOf(step: number): Promise<readonly HostTensor[]> {
    const { patienceMs, signal, notice, teacher } = this.options;
    const until = Date.now() + patienceMs;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.receive(step);
      } catch (caught) {
        const error = LyceumError.from(caught);
        this.drop();
        const passing = error.codeName === 'UNAVAILABLE' || error.codeName === 'CANCELLED';
        if (signal.aborted || !passing || Date.now() > until) throw this.explain(error);
        notice(
          `teacher "${teacher.name}" at ${this.options.address()} is away (${error.message}); waiting, attempt ${attempt}`,
        );
        await pause(Math.min(100 * 2 ** attempt, 2000), signal);
      }
    }
  }

  private async receive(step: number): Promise<readonly HostTensor[]> {
    const answers = this.answers ?? (await this.connect(step));
    await this.askAhead(step);
    const { value, done } = await answers.next();
    if (done === true) throw new LyceumError('UNREACHABLE', 'the teacher ended the stream');
    if (value.error !== undefined) throw value.error;
    if (value.sequence !== step) {
      throw new LyceumError('INTERNAL', `teacher answered batch ${value.sequence} where ${step} was due`);
    }
    this.receivedBytes += value.bytes;
    return value.tensors;
  }

  private async connect(step: number): Promise<NonNullable<typeof this.answers>> {
    const { address, window } = this.options;
    this.stream = await openTeacher(address()).distill({ ...this.open(), window });
    this.window = Math.max(1, Math.min(window, this.stream.opened.window));
    this.asked = step;
    this.answers = this.stream[Symbol.asyncIterator]();
    return this.answers;
  }

  private open(): DistillOpen {
    const { task, requests, teacher } = this.options;
    const known = requests.filter((request) => !request.raw);
    return {
      // A teacher's process serves one network, whatever this stage calls it.
      teacher: '',
      keys: known.map(({ id, loss, params, teacherTaps, studentShapes, source, frozen }) => ({
        id,
        loss,
        params,
        teacherTaps,
        studentShapes: Object.fromEntries(
          Object.entries(studentShapes).map(([slot, shape]) => [slot, { shape: [...shape] }]),
        ),
        source: source ?? '',
        frozen: frozen.map((tensor) => toWire(tensor)),
        ...keyEncoding(task, id),
      })),
      taps: tapsWanted(requests),
      dtype: streamDtype(teacher),
      data: dataRef(this.options),
      split: 'train',
      augmentation: { ...task.data.augmentation, seed: task.dataSeed },
      ...(teacher.viewPixels === undefined ? {} : { viewPixels: teacher.viewPixels }),
      window: this.options.window,
      keep: Number.isFinite(viewsOf(task.data)),
    };
  }

  private async askAhead(step: number): Promise<void> {
    const { stepCount, names, traces } = this.options;
    while (this.asked < Math.min(step + this.window, stepCount)) {
      const { indices, view } = names.name(this.asked);
      const samples = { indices: [...indices], view };
      const batch = { sequence: this.asked, content: { $case: 'samples' as const, value: samples } };
      const ask = () => this.stream?.request(batch);
      await (traces === undefined ? ask() : traces.run(this.asked, ask));
      this.asked += 1;
    }
  }

  private explain(error: LyceumError): LyceumError {
    if (error.codeName !== 'UNAVAILABLE') return error.under(`teacher "${this.options.teacher.name}"`);
    const { teacher, patienceMs, address } = this.options;
    const message = `teacher "${teacher.name}" at ${address()} could not be reached for ${patienceMs / 1000} s: ${error.message}; start it again and resume the run`;
    return new LyceumError('UNREACHABLE', message, { cause: error });
  }

  private drop(): void {
    this.stream?.close();
    this.stream = undefined;
    this.answers = undefined;
  }

  close(): void {
    this.drop();
  }
}

/** Taps that are wanted as they are. */
function tapsWanted(requests: readonly KeyRequest[]): string[] {
  const taps = requests.flatMap(({ raw, withLogits, teacherTaps }) => [
    ...(raw ? Object.values(teacherTaps) : []),
    ...(withLogits ? ['logits'] : []),
  ]);
  return [...new Set(taps)];
}

function dataRef({ task: { data }, dataDigest: digest, sampleCount }: KeyStreamOptions): DataRef {
  const { name, path = '', testLimit = 0, imagePixels = 0, classes = [], nuisance } = data;
  const from = data.trainFrom;
  // What is held out is nobody's but this student's: a teacher has the samples that are trained on.
  const isWhole = data.validation === undefined || from !== undefined;
  const trainLimit = isWhole ? (data.trainLimit ?? 0) : sampleCount;
  const own = { name, path, trainLimit, testLimit, imagePixels, classes, nuisance, digest };
  if (from === undefined) return own;
  return { ...own, trainFrom: { name: from.name, path: from.path ?? '', trainLimit: from.trainLimit ?? 0 } };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
