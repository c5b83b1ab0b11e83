import { ApplyRequest, type ApplyResponse } from '@lyceum/contracts/loss';
import { LossServiceService } from '@lyceum/contracts/loss-service';
import { DataType, type Tensor } from '@lyceum/contracts/tensor';
import { connect, errorFromStatus, type Connection } from '@lyceum/rpc';
import { hostTensor, toWire } from '@lyceum/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { startLoss } from '../processes/fleet.js';
import { fileScope } from '../processes/scope.js';
import type { Served } from '../processes/service.js';
import { refuses, type BadCall } from './refuses.js';

const scope = fileScope();
let loss: Served;
let losses: Connection<typeof LossServiceService>;

beforeAll(async () => {
  loss = await startLoss(scope, { args: ['--batch-size-limit', '8', '--session-limit', '3'] });
  losses = connect(loss.address, LossServiceService);
  scope.defer(() => losses.close());
});

type Message = NonNullable<Parameters<typeof ApplyRequest.fromPartial>[0]['message']>;
type Open = NonNullable<Extract<Message, { $case?: 'open' }>['value']>;
type Step = NonNullable<Extract<Message, { $case?: 'step' }>['value']>;

/** Sends messages, numbered from 1, and reads all answers. */
async function apply(...messages: readonly (Message | undefined)[]): Promise<ApplyResponse[]> {
  const stream = losses.stream('apply');
  for (const [i, message] of messages.entries()) {
    await stream.write(ApplyRequest.fromPartial({ sequence: i + 1, message })).catch(() => undefined);
  }
  stream.end();
  const answers: ApplyResponse[] = [];
  for await (const answer of stream) answers.push(answer);
  return answers;
}

const opening = (value: Open): Message => ({ $case: 'open', value });
const step = (value: Step): Message => ({ $case: 'step', value });

function floats(
  name: string,
  shape: readonly number[],
  fill: (i: number) => number = (i) => Math.sin(i),
): Tensor {
  const size = shape.reduce((product, side) => product * side, 1);
  return toWire(
    hostTensor(
      name,
      Float32Array.from({ length: size }, (_, i) => fill(i)),
      [...shape],
    ),
  );
}
const whole = (name: string, ...values: number[]): Tensor =>
  toWire(hostTensor(name, Int32Array.from(values), [values.length]));

const classes = {
  studentShapes: { logits: { shape: [4] } },
  teacherShapes: { logits: { shape: [4] } },
  classCount: 4,
};
/** Soft labels with the labels in it: all kinds of inputs at once. */
const kd: Open = { loss: 'kd', params: { gamma: 0.5 }, ...classes };
const kdStep: Step = {
  student: [floats('logits', [2, 4])],
  keys: [floats('logits', [2, 4])],
  labels: whole('labels', 1, 3),
};
const crd: Open = {
  loss: 'crd',
  params: { featDim: 8, nceK: 4 },
  studentShapes: { embed: { shape: [6] } },
  teacherShapes: { embed: { shape: [5] } },
  sampleCount: 20,
  classCount: 4,
};
const hint: Open = {
  loss: 'fitnet',
  studentShapes: { layer1: { shape: [7, 7, 2] } },
  teacherShapes: { layer1: { shape: [7, 7, 3] } },
};

/** Opens a session, does a bad step and then a good one, which must be answered: only the bad one fails. */
async function stepBadly(open: Open, bad: Message | undefined, good: Message): Promise<void> {
  const answers = await apply(opening(open), bad, good);
  expect(answers.filter(({ sequence }) => sequence === 3)).toMatchObject([{ message: { $case: 'result' } }]);
  const answer = answers.find(({ sequence }) => sequence === 2)?.message;
  if (answer?.$case === 'error') throw errorFromStatus(answer.value);
}

async function weightsOf(open: Open): Promise<Tensor[]> {
  const [opened] = await apply(opening(open));
  if (opened.message?.$case !== 'opened') throw new Error('the session was not opened');
  return opened.message.value.weights;
}

const subject = {
  server: () => loss,
  good: async () => {
    const answers = await apply(opening(kd), step(kdStep));
    expect(answers.at(-1)?.message).toMatchObject({ $case: 'result' });
  },
};

const plain: BadCall[] = [
  {
    title: 'a loss that is not there, and names the nearest',
    make: () => losses.call('getLoss', { name: 'fitnets' }),
    code: 'NOT_FOUND',
    field: 'name',
    says: /no loss "fitnets"; did you mean "fitnet"/,
  },
  {
    title: 'a page of less than nothing',
    make: () => losses.call('listLosses', { pageSize: -1, pageToken: '' }),
    code: 'INVALID_ARGUMENT',
    field: 'page_size',
    says: /found -1/,
  },
  {
    title: 'a session that begins with a step',
    make: () => apply(step(kdStep)),
    code: 'INVALID_ARGUMENT',
    field: 'message',
    says: /the first message must be `open`/,
  },
  {
    title: 'a session that begins with an empty message',
    make: () => apply(undefined),
    code: 'INVALID_ARGUMENT',
    field: 'message',
    says: /the first message must be `open`/,
  },
];

const openings: (Omit<BadCall, 'make'> & { readonly open: Open })[] = [
  {
    title: 'an unknown loss',
    open: { ...kd, loss: 'kdd' },
    code: 'NOT_FOUND',
    field: 'open.loss',
    says: /no loss "kdd"; did you mean "kd"/,
  },
  {
    title: 'a parameter that the loss does not have',
    open: { ...kd, params: { temprature: 2 } },
    code: 'INVALID_ARGUMENT',
    field: 'open.params.temprature',
    says: /did you mean "temperature"/,
  },
  {
    title: 'a parameter of the wrong type',
    open: { ...kd, params: { temperature: 'hot' } },
    code: 'INVALID_ARGUMENT',
    field: 'open.params.temperature',
    says: /found "hot"/,
  },
  {
    title: 'a variant that nobody wrote',
    open: { ...kd, params: { variant: 'mine' } },
    code: 'INVALID_ARGUMENT',
    field: 'open.params.variant',
    says: /repdistiller.*found "mine"/,
  },
  {
    title: 'a slot that the loss does not have',
    open: { ...kd, studentShapes: { logit: { shape: [4] } } },
    code: 'NOT_FOUND',
    field: 'open.student_shapes.logit',
    says: /no slot "logit"; did you mean "logits"/,
  },
  {
    title: 'a missing student shape',
    open: { ...kd, studentShapes: {} },
    code: 'FAILED_PRECONDITION',
    field: 'open.student_shapes.logits',
    says: /needs this tap, found none/,
  },
  {
    title: 'a missing teacher',
    open: { ...kd, teacherShapes: {} },
    code: 'INVALID_ARGUMENT',
    field: 'open.teacher_shapes',
    says: /takes keys from 1 source\(s\), found 0/,
  },
  {
    title: 'another number of classes than the teacher has',
    open: { ...kd, teacherShapes: { logits: { shape: [5] } } },
    code: 'FAILED_PRECONDITION',
    field: 'open.teacher_shapes.logits',
    says: /has 5 classes, the student has 4/,
  },
  {
    title: 'maps that no adapter joins',
    open: { ...hint, teacherShapes: { layer1: { shape: [9, 5, 3] } } },
    code: 'FAILED_PRECONDITION',
    field: 'open.teacher_shapes.layer1',
    says: /no regressor leads from a 7x7 map to 9x5/,
  },
  {
    title: 'unequal maps where the loss has no adapter',
    open: { ...hint, params: { variant: 'kd-zoo' } },
    code: 'FAILED_PRECONDITION',
    field: 'open.teacher_shapes.layer1',
    says: /must be equal/,
  },
  {
    title: 'a memory bank of nothing',
    open: { ...crd, sampleCount: 0 },
    code: 'INVALID_ARGUMENT',
    field: 'open.sample_count',
    says: /number of training samples, found 0/,
  },
  {
    title: 'a negative number of samples',
    open: { ...crd, sampleCount: -3 },
    code: 'INVALID_ARGUMENT',
    field: 'open.sample_count',
    says: /found -3/,
  },
  {
    title: 'labels of the wrong type',
    open: { ...kd, labels: floats('labels', [3]) },
    code: 'INVALID_ARGUMENT',
    field: 'open.labels',
    says: /INT32 \[N\], found f32 \[3\]/,
  },
];

const steps: (Omit<BadCall, 'make'> & { readonly bad: Step })[] = [
  {
    title: 'student logits of another width',
    bad: { ...kdStep, student: [floats('logits', [2, 5])] },
    code: 'INVALID_ARGUMENT',
    field: 'step.student.logits',
    says: /must have shape \[2, 4\], found \[2, 5\]/,
  },
  {
    title: 'keys of another batch size',
    bad: { ...kdStep, keys: [floats('logits', [3, 4])] },
    code: 'INVALID_ARGUMENT',
    field: 'step.keys.logits',
    says: /must have shape \[2, 4\], found \[3, 4\]/,
  },
  {
    title: 'a step without keys',
    bad: { ...kdStep, keys: [] },
    code: 'INVALID_ARGUMENT',
    field: 'step.keys',
    says: /one set from each of teacher, found 0/,
  },
  {
    title: 'a key of another name',
    bad: { ...kdStep, keys: [floats('logit', [2, 4])] },
    code: 'INVALID_ARGUMENT',
    field: 'step.keys.logits',
    says: /is missing/,
  },
  {
    title: 'a tap that it was not opened for',
    bad: { ...kdStep, student: [floats('logits', [2, 4]), floats('hidden', [2, 4])] },
    code: 'INVALID_ARGUMENT',
    field: 'step.student.hidden',
    says: /opened without this tap/,
  },
  {
    title: 'a tap that comes twice',
    bad: { ...kdStep, student: [floats('logits', [2, 4]), floats('logits', [2, 4])] },
    code: 'INVALID_ARGUMENT',
    field: 'step.student[1].name',
    says: /"logits" occurs twice/,
  },
  {
    title: 'logits in whole numbers',
    bad: { ...kdStep, student: [toWire(hostTensor('logits', new Int32Array(8), [2, 4]))] },
    code: 'INVALID_ARGUMENT',
    field: 'step.student[0].dtype',
    says: /floating point.*found i32/,
  },
  {
    title: 'a tensor with too few bytes',
    bad: { ...kdStep, student: [{ ...floats('logits', [2, 4]), data: new Uint8Array(12) }] },
    code: 'INVALID_ARGUMENT',
    field: 'step.student[0].data',
    says: /must have 32 bytes.*found 12/,
  },
  {
    title: 'a tensor of no type',
    bad: { ...kdStep, keys: [{ ...floats('logits', [2, 4]), dtype: DataType.UNSPECIFIED }] },
    code: 'INVALID_ARGUMENT',
    field: 'step.keys[0].dtype',
    says: /found UNSPECIFIED/,
  },
  {
    title: 'a logit that is not a number, with its place',
    bad: { ...kdStep, student: [floats('logits', [2, 4], (i) => (i === 6 ? Infinity : i))] },
    code: 'INVALID_ARGUMENT',
    field: 'step.student[0]',
    says: /must be finite, found Infinity at \[1, 2\]/,
  },
  {
    title: 'a key that is not a number',
    bad: { ...kdStep, keys: [floats('logits', [2, 4], () => NaN)] },
    code: 'INVALID_ARGUMENT',
    field: 'step.keys[0]',
    says: /must be finite, found NaN at \[0, 0\]/,
  },
  {
    title: 'a label past the last class',
    bad: { ...kdStep, labels: whole('labels', 1, 4) },
    code: 'OUT_OF_RANGE',
    field: 'step.labels[1]',
    says: /from 0 to 3, found 4/,
  },
  {
    title: 'a negative label',
    bad: { ...kdStep, labels: whole('labels', -1, 2) },
    code: 'OUT_OF_RANGE',
    field: 'step.labels[0]',
    says: /found -1/,
  },
  {
    title: 'too few labels',
    bad: { ...kdStep, labels: whole('labels', 1) },
    code: 'INVALID_ARGUMENT',
    field: 'step.labels',
    says: /must have shape \[2\], found \[1\]/,
  },
  {
    title: 'no labels where they are needed',
    bad: { student: kdStep.student, keys: kdStep.keys },
    code: 'INVALID_ARGUMENT',
    field: 'step.labels',
    says: /needs them: int32 \[2\]/,
  },
  {
    title: 'labels that are no whole numbers',
    bad: { ...kdStep, labels: floats('labels', [2]) },
    code: 'INVALID_ARGUMENT',
    field: 'step.labels',
    says: /INT32 \[N\], found f32/,
  },
  {
    title: 'a batch larger than the limit',
    bad: {
      student: [floats('logits', [9, 4])],
      keys: [floats('logits', [9, 4])],
      labels: whole('labels', ...Array<number>(9).fill(0)),
    },
    code: 'RESOURCE_EXHAUSTED',
    field: 'step.student',
    says: /9 samples, this server takes at most 8/,
  },
  {
    title: 'a batch of nothing',
    bad: { ...kdStep, student: [floats('logits', [0, 4])] },
    code: 'INVALID_ARGUMENT',
    field: 'step.student',
    says: /empty/,
  },
  { title: 'a step without taps', bad: {}, code: 'INVALID_ARGUMENT', field: 'step.student', says: /empty/ },
  {
    title: 'a negative step',
    bad: { ...kdStep, step: -1 },
    code: 'INVALID_ARGUMENT',
    field: 'step.step',
    says: /0 or more, found -1/,
  },
  {
    title: 'gradients times something that is not a number',
    bad: { ...kdStep, gradientFactor: NaN },
    code: 'INVALID_ARGUMENT',
    field: 'step.gradient_factor',
    says: /finite number, found NaN/,
  },
];

const others: BadCall[] = [
  {
    title: 'a second opening, and goes on',
    make: () => stepBadly(kd, opening(kd), step(kdStep)),
    code: 'INVALID_ARGUMENT',
    field: 'message',
    says: /after `open` only `step`, `snapshot` and `restore`/,
  },
  {
    title: 'an empty message, and goes on',
    make: () => stepBadly(kd, undefined, step(kdStep)),
    code: 'INVALID_ARGUMENT',
    field: 'message',
    says: /after `open` only/,
  },
  {
    title: 'an index past the last sample, and leaves the memory as it was',
    make: async () => {
      const weights = await weightsOf(crd);
      const inputs = { student: [floats('embed', [2, 6])], keys: [floats('embed', [2, 5])], weights };
      const good = step({ ...inputs, indices: whole('indices', 3, 19) });
      await stepBadly(crd, step({ ...inputs, indices: whole('indices', 3, 20) }), good);
    },
    code: 'OUT_OF_RANGE',
    field: 'step.indices[1]',
    says: /from 0 to 19, found 20/,
  },
  {
    title: 'adapter weights of another shape',
    make: async () => {
      const [first, ...rest] = await weightsOf(hint);
      const inputs = { student: [floats('layer1', [2, 7, 7, 2])], keys: [floats('layer1', [2, 7, 7, 3])] };
      const wrong = floats(first.name, [1, 1, 2, 4]);
      await stepBadly(
        hint,
        step({ ...inputs, weights: [wrong, ...rest] }),
        step({ ...inputs, weights: [first, ...rest] }),
      );
    },
    code: 'INVALID_ARGUMENT',
    field: 'step.weights.conv.kernel',
    says: /must have shape \[1, 1, 2, 3\], found \[1, 1, 2, 4\]/,
  },
  {
    title: 'state of another shape',
    make: async () => {
      const weights = await weightsOf(crd);
      const good = step({
        student: [floats('embed', [1, 6])],
        keys: [floats('embed', [1, 5])],
        weights,
        indices: whole('indices', 3),
      });
      await stepBadly(
        crd,
        { $case: 'restore', value: { state: [floats('memoryStudent', [20, 9])], last: true } },
        good,
      );
    },
    code: 'INVALID_ARGUMENT',
    field: 'restore.state.memoryStudent',
    says: /must have shape \[20, 8\], found \[20, 9\]/,
  },
  {
    title: 'state that lacks a part',
    make: async () => {
      const weights = await weightsOf(crd);
      const good = step({
        student: [floats('embed', [1, 6])],
        keys: [floats('embed', [1, 5])],
        weights,
        indices: whole('indices', 3),
      });
      await stepBadly(
        crd,
        { $case: 'restore', value: { state: [floats('memoryStudent', [20, 8])], last: true } },
        good,
      );
    },
    code: 'INVALID_ARGUMENT',
    field: 'restore.state.memoryTeacher',
    says: /is missing/,
  },
  {
    title: 'more sessions than its limit, and says when to come again',
    make: async () => {
      const held = await Promise.all(
        [1, 2, 3].map(async () => {
          const stream = losses.stream('apply');
          await stream.write(ApplyRequest.fromPartial({ sequence: 1, message: opening(kd) }));
          await stream.next();
          return stream;
        }),
      );
      try {
        await apply(opening(kd));
      } finally {
        for (const stream of held) {
          stream.end();
          while ((await stream.next()).done !== true);
        }
      }
    },
    code: 'RESOURCE_EXHAUSTED',
    says: /at most 3 sessions/,
  },
];

refuses('a loss service', subject, plain);
refuses(
  'a loss service, opening a session,',
  subject,
  openings.map(({ open, ...expected }) => ({ ...expected, make: () => apply(opening(open)) })),
);
refuses(
  'a loss service, in a step,',
  subject,
  steps.map(({ bad, ...expected }) => ({ ...expected, make: () => stepBadly(kd, step(bad), step(kdStep)) })),
);
refuses('a loss service, in a session,', subject, others);

describe('a loss service', () => {
  it('keeps a refused step out of the state', async () => {
    const weights = await weightsOf(crd);
    const inputs = { student: [floats('embed', [2, 6])], keys: [floats('embed', [2, 5])], weights };
    const good = step({ ...inputs, indices: whole('indices', 3, 19) });
    const bad = step({ ...inputs, indices: whole('indices', 3, 20) });
    const value = (answers: ApplyResponse[]) => {
      const last = answers.at(-1)?.message;
      return last?.$case === 'result' ? last.value.value : NaN;
    };
    const undisturbed = value(await apply(opening(crd), good));
    expect(undisturbed).toBeGreaterThan(0);
    expect(value(await apply(opening(crd), bad, bad, good))).toBe(undisturbed);
  });
});
