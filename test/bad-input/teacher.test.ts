import { DataType, Encoding, type Tensor } from '@lyceum/contracts/tensor';
import { DistillRequest, KeyEncoding, type DistillResponse } from '@lyceum/contracts/teacher';
import { TeacherServiceService } from '@lyceum/contracts/teacher-service';
import { connect, errorFromStatus, type Connection } from '@lyceum/rpc';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { startTeacher } from '../processes/fleet.js';
import { fileScope } from '../processes/scope.js';
import type { Served } from '../processes/service.js';
import { refuses, type BadCall } from './refuses.js';

const scope = fileScope();
const allowed = join(scope.folder, 'allowed');
let teacher: Served;
let teachers: Connection<typeof TeacherServiceService>;

beforeAll(async () => {
  mkdirSync(allowed);
  mkdirSync(join(scope.folder, 'private'));
  symlinkSync(join(scope.folder, 'private'), join(allowed, 'way-out'));
  mkdirSync(join(allowed, 'damaged'));
  for (const name of [
    'train-images-idx3-ubyte',
    'train-labels-idx1-ubyte',
    't10k-images-idx3-ubyte',
    't10k-labels-idx1-ubyte',
  ]) {
    writeFileSync(join(allowed, 'damaged', name), 'not an IDX file');
  }
  teacher = await startTeacher(scope, { args: ['--batch-size-limit', '8', '--data-roots', allowed] });
  teachers = connect(teacher.address, TeacherServiceService);
  scope.defer(() => teachers.close());
});

type Partial = Parameters<typeof DistillRequest.fromPartial>[0];
type Open = Extract<NonNullable<Partial['message']>, { $case?: 'open' }>['value'];
type Batch = NonNullable<Extract<NonNullable<Partial['message']>, { $case?: 'batch' }>['value']>;

const data = { name: 'synthetic:28x28x1/10', trainLimit: 50, testLimit: 20 };
const kd = { id: 'kd', loss: 'kd' };
const plain: Open = { taps: ['logits'], data };
const samples = (indices: number[], view = 0): Batch['content'] => ({
  $case: 'samples',
  value: { indices, view },
});

/** Sends messages and reads all answers. */
async function distill(...messages: readonly Partial[]): Promise<DistillResponse[]> {
  const stream = teachers.stream('distill');
  for (const message of messages) {
    // A stream that was refused takes no more; why, is what reading tells.
    await stream.write(DistillRequest.fromPartial(message)).catch(() => undefined);
  }
  stream.end();
  const answers: DistillResponse[] = [];
  for await (const answer of stream) answers.push(answer);
  return answers;
}

const opening = (open: Open): Partial => ({ message: { $case: 'open', value: open } });
const batch = (value: Batch): Partial => ({ message: { $case: 'batch', value } });

/** Opens a stream, asks for a bad batch and then for a good one, which must be answered: only the bad one fails. */
async function askBadly(content: Batch['content'], open: Open = plain): Promise<void> {
  const good: Batch['content'] = open?.data === undefined ? pixels({}) : samples([0, 1]);
  const answers = await distill(
    opening(open),
    batch({ sequence: 1, content }),
    batch({ sequence: 2, content: good }),
  );
  const keys = answers.flatMap(({ message }) => (message?.$case === 'keys' ? [message.value] : []));
  expect(keys.filter(({ sequence }) => sequence === 2).at(-1)).toMatchObject({
    last: true,
    error: undefined,
  });
  const error = keys.find(({ sequence }) => sequence === 1)?.error;
  if (error !== undefined) throw errorFromStatus(error);
}

function pixels(changes: Partial_<Tensor>): Batch['content'] {
  const image: Tensor = {
    name: 'images',
    dtype: DataType.UINT8,
    shape: [2, 28, 28, 1],
    encoding: Encoding.RAW,
    data: new Uint8Array(2 * 28 * 28),
  };
  return { $case: 'pixels', value: { images: { ...image, ...changes } } };
}
type Partial_<T> = { readonly [K in keyof T]?: T[K] };

const floats = (values: Float32Array) => new Uint8Array(values.buffer);
const oneNaN = Float32Array.from({ length: 2 * 28 * 28 }, (_, i) => (i === 800 ? NaN : 0));

const subject = {
  server: () => teacher,
  good: async () => {
    const answers = await distill(opening(plain), batch({ sequence: 0, content: samples([3, 1]) }));
    expect(answers.at(-1)?.message).toMatchObject({ $case: 'keys', value: { last: true, error: undefined } });
  },
};

const badNames: BadCall[] = [
  {
    title: 'a teacher that is not there, and names the nearest',
    make: () => teachers.call('getTeacher', { name: 'tinny' }),
    code: 'NOT_FOUND',
    field: 'name',
    says: /no teacher "tinny"; did you mean "tiny"\?/,
  },
  {
    title: 'a page of less than nothing',
    make: () => teachers.call('listTeachers', { pageSize: -1, pageToken: '' }),
    code: 'INVALID_ARGUMENT',
    field: 'page_size',
    says: /must be 0 or more, found -1/,
  },
  {
    title: 'bytes that are no message of the method',
    make: () => {
      const requestSerialize = () => Buffer.from([0x0a, 0x7f, 0x01]);
      const service = { getTeacher: { ...TeacherServiceService.getTeacher, requestSerialize } };
      return connect(teacher.address, service).call('getTeacher', { name: '' });
    },
    code: 'INVALID_ARGUMENT',
    field: '',
    says: /not a message of the method's type/,
  },
];

const openings: (Omit<BadCall, 'make'> & { readonly open: Open })[] = [
  {
    title: 'an unknown teacher',
    open: { ...plain, teacher: 'tinny' },
    code: 'NOT_FOUND',
    field: 'open.teacher',
    says: /did you mean "tiny"\?/,
  },
  {
    title: 'an unknown tap',
    open: { ...plain, taps: ['logits', 'logit'] },
    code: 'NOT_FOUND',
    field: 'open.taps[1]',
    says: /no tap "logit"; did you mean "logits"/,
  },
  {
    title: 'an unknown loss',
    open: { ...plain, keys: [kd, { id: 'b', loss: 'fitnets' }] },
    code: 'NOT_FOUND',
    field: 'open.keys[1].loss',
    says: /no loss "fitnets"; did you mean "fitnet"/,
  },
  {
    title: 'an unknown data set',
    open: { ...plain, data: { name: 'fashion-mnst' } },
    code: 'NOT_FOUND',
    field: 'open.data.name',
    says: /no data set "fashion-mnst"; did you mean "fashion-mnist"/,
  },
  {
    title: 'an unknown tap of a key',
    open: { ...plain, keys: [{ ...kd, teacherTaps: { logits: 'logitz' } }] },
    code: 'NOT_FOUND',
    field: 'open.keys[0].teacher_taps.logits',
    says: /did you mean "logits"/,
  },
  {
    title: 'an unknown slot of a key',
    open: { ...plain, keys: [{ ...kd, teacherTaps: { logit: 'logits' } }] },
    code: 'NOT_FOUND',
    field: 'open.keys[0].teacher_taps.logit',
    says: /no slot "logit"; did you mean "logits"/,
  },
  {
    title: 'a tap of the wrong kind for its slot',
    open: {
      ...plain,
      keys: [
        {
          id: 'at',
          loss: 'at',
          teacherTaps: { layer1: 'logits' },
          studentShapes: { layer1: { shape: [14, 14, 8] } },
        },
      ],
    },
    code: 'FAILED_PRECONDITION',
    field: 'open.keys[0].teacher_taps.layer1',
    says: /needs a map, found tap "logits" of shape \[10\]/,
  },
  {
    title: 'a key that depends on student shapes when there are none',
    open: { ...plain, keys: [{ id: 'at', loss: 'at', teacherTaps: { layer1: 'f1' } }] },
    code: 'FAILED_PRECONDITION',
    field: 'open.keys[0].student_shapes.layer1',
    says: /the key depends on the shape of this tap, found none/,
  },
  {
    title: 'a student shape that is no map',
    open: {
      ...plain,
      keys: [
        {
          id: 'at',
          loss: 'at',
          teacherTaps: { layer1: 'f1' },
          studentShapes: { layer1: { shape: [0, -4] } },
        },
      ],
    },
    code: 'FAILED_PRECONDITION',
    field: 'open.keys[0].student_shapes.layer1',
    says: /\[0, -4\]/,
  },
  {
    title: 'a parameter that the loss does not have',
    open: { ...plain, keys: [{ ...kd, params: { temprature: 4 } }] },
    code: 'INVALID_ARGUMENT',
    field: 'open.keys[0].params.temprature',
    says: /did you mean "temperature"/,
  },
  {
    title: 'a parameter out of its range',
    open: { ...plain, keys: [{ ...kd, params: { temperature: 0 } }] },
    code: 'INVALID_ARGUMENT',
    field: 'open.keys[0].params.temperature',
    says: /above 0.*found 0/,
  },
  {
    title: 'a loss that has no key',
    open: { ...plain, keys: [{ id: 'ce', loss: 'ce' }] },
    code: 'INVALID_ARGUMENT',
    field: 'open.keys[0].loss',
    says: /needs no teacher/,
  },
  {
    title: 'nothing to answer',
    open: { data },
    code: 'INVALID_ARGUMENT',
    field: 'open.keys',
    says: /at least one key or tap/,
  },
  {
    title: 'two keys of one name',
    open: { ...plain, keys: [kd, kd] },
    code: 'INVALID_ARGUMENT',
    field: 'open.keys[1].id',
    says: /"kd" occurs twice/,
  },
  {
    title: 'a name of a key that does not fit into the answers',
    open: { ...plain, keys: [{ ...kd, id: 'a/b' }] },
    code: 'INVALID_ARGUMENT',
    field: 'open.keys[0].id',
    says: /lower case letters.*found "a\/b"/,
  },
  {
    title: 'a window below 0',
    open: { ...plain, window: -1 },
    code: 'INVALID_ARGUMENT',
    field: 'open.window',
    says: /0 or more, found -1/,
  },
  {
    title: 'a split that is none',
    open: { ...plain, split: 'validation' },
    code: 'INVALID_ARGUMENT',
    field: 'open.split',
    says: /"train" or "test", found "validation"/,
  },
  {
    title: 'answers in whole numbers',
    open: { ...plain, dtype: DataType.INT32 },
    code: 'INVALID_ARGUMENT',
    field: 'open.dtype',
    says: /FP32, .*FP16 or .*BF16/,
  },
  {
    title: 'an encoding that is none',
    open: { ...plain, keys: [{ ...kd, encoding: 99 as KeyEncoding }] },
    code: 'INVALID_ARGUMENT',
    field: 'open.keys[0].encoding',
    says: /KEY_ENCODING_FP32, .*found 99/,
  },
  {
    title: 'the largest logits of what is none',
    open: { ...plain, keys: [kd, { id: 'sp', loss: 'sp', encoding: KeyEncoding.TOP_K }] },
    code: 'INVALID_ARGUMENT',
    field: 'open.keys[1].encoding',
    says: /for keys that are logits \[N, C\]/,
  },
  {
    title: 'as many of the largest logits as there are classes',
    open: { ...plain, keys: [{ ...kd, encoding: KeyEncoding.TOP_K, topK: 10 }] },
    code: 'INVALID_ARGUMENT',
    field: 'open.keys[0].top_k',
    says: /from 1 to 9, .*found 10/,
  },
  {
    title: 'a padding that is too wide',
    open: { ...plain, augmentation: { padCropPixels: 33 } },
    code: 'INVALID_ARGUMENT',
    field: 'open.augmentation.pad_crop_pixels',
    says: /0 to 32, found 33/,
  },
  {
    title: 'a cutout below 0',
    open: { ...plain, augmentation: { cutoutPixels: -2 } },
    code: 'INVALID_ARGUMENT',
    field: 'open.augmentation.cutout_pixels',
    says: /found -2/,
  },
  {
    title: 'a negative number of samples',
    open: { ...plain, data: { ...data, trainLimit: -5 } },
    code: 'INVALID_ARGUMENT',
    field: 'open.data.train_limit',
    says: /found -5/,
  },
  {
    title: 'more made-up samples than fit into memory',
    open: { ...plain, data: { ...data, trainLimit: 2_000_000_000 } },
    code: 'INVALID_ARGUMENT',
    field: 'open.data.train_limit',
    says: /may have \d+ samples of 28x28x1 \(2 GiB of pixels\) together, found 2000000000 and 20/,
  },
  {
    title: 'data of another image size than the teacher takes',
    open: { ...plain, data: { name: 'synthetic:32x32x3/10', trainLimit: 10 } },
    code: 'INVALID_ARGUMENT',
    field: 'open.data.name',
    says: /\[32, 32, 3\], the teacher takes \[28, 28, 1\]/,
  },
  {
    title: 'data that differ from what the caller has read',
    open: { ...plain, data: { ...data, digest: `sha256:${'0'.repeat(64)}` } },
    code: 'FAILED_PRECONDITION',
    field: 'open.data.digest',
    says: /other data under that name/,
  },
  {
    title: 'a path outside the allowed folders',
    open: { ...plain, data: { name: 'idx', path: '/etc' } },
    code: 'PERMISSION_DENIED',
    field: 'open.data.path',
    says: /"\/etc" is outside the folders.*--data-roots/,
  },
  {
    title: 'a path that climbs out of the allowed folder',
    open: { ...plain, data: { name: 'idx', path: `${allowed}/../private` } },
    code: 'PERMISSION_DENIED',
    field: 'open.data.path',
    says: /outside the folders/,
  },
  {
    title: 'a path that leaves the allowed folder by a link',
    open: { ...plain, data: { name: 'idx', path: `${allowed}/way-out` } },
    code: 'PERMISSION_DENIED',
    field: 'open.data.path',
    says: /outside the folders/,
  },
  {
    title: 'a neighbour of the allowed folder',
    open: { ...plain, data: { name: 'idx', path: `${allowed}-not` } },
    code: 'PERMISSION_DENIED',
    field: 'open.data.path',
    says: /outside the folders/,
  },
  {
    title: 'a folder without the data',
    open: { ...plain, data: { name: 'idx', path: join(allowed, 'nowhere') } },
    code: 'INVALID_ARGUMENT',
    field: 'open.data.path',
    says: /nowhere/,
  },
  {
    title: 'damaged data, naming the file',
    open: { ...plain, data: { name: 'idx', path: join(allowed, 'damaged') } },
    code: 'DATA_LOSS',
    field: 'open.data',
    says: /damaged\/train-(images|labels)-idx\d-ubyte/,
  },
];

const batches: (Omit<BadCall, 'make'> & { readonly content?: Batch['content']; readonly open?: Open })[] = [
  {
    title: 'an index past the end of the split',
    content: samples([0, 50]),
    code: 'OUT_OF_RANGE',
    field: 'batch.samples.indices[1]',
    says: /0 to 49, found 50/,
  },
  {
    title: 'a negative index',
    content: samples([-1]),
    code: 'OUT_OF_RANGE',
    field: 'batch.samples.indices[0]',
    says: /found -1/,
  },
  {
    title: 'a batch without samples',
    content: samples([]),
    code: 'INVALID_ARGUMENT',
    field: 'batch.samples.indices',
    says: /empty/,
  },
  {
    title: 'a batch larger than the limit',
    content: samples([1, 2, 3, 4, 5, 6, 7, 8, 9]),
    code: 'RESOURCE_EXHAUSTED',
    field: 'batch.samples.indices',
    says: /9 samples, this server takes at most 8/,
  },
  {
    title: 'a view below 0',
    content: samples([1], -1),
    code: 'INVALID_ARGUMENT',
    field: 'batch.samples.view',
    says: /found -1/,
  },
  {
    title: 'a batch of nothing',
    code: 'INVALID_ARGUMENT',
    field: 'batch.content',
    says: /`samples` or `pixels`/,
  },
  {
    title: 'samples by name on a stream without data',
    content: samples([1]),
    open: { taps: ['logits'] },
    code: 'INVALID_ARGUMENT',
    field: 'batch.samples',
    says: /without `data`; send pixels/,
  },
  {
    title: 'pixels of another size',
    content: pixels({ shape: [2, 14, 56, 1] }),
    code: 'INVALID_ARGUMENT',
    field: 'batch.pixels.images.shape',
    says: /\[N, 28, 28, 1\], found u8 \[2, 14, 56, 1\]/,
  },
  {
    title: 'pixels without channels',
    content: pixels({ shape: [2, 28, 28] }),
    code: 'INVALID_ARGUMENT',
    field: 'batch.pixels.images.shape',
    says: /found u8 \[2, 28, 28\]/,
  },
  {
    title: 'pixels in 32-bit integers',
    content: pixels({ dtype: DataType.INT32, data: new Uint8Array(4 * 2 * 28 * 28) }),
    code: 'INVALID_ARGUMENT',
    field: 'batch.pixels.images.dtype',
    says: /UINT8 or FP32/,
  },
  {
    title: 'pixels of no type',
    content: pixels({ dtype: DataType.UNSPECIFIED }),
    code: 'INVALID_ARGUMENT',
    field: 'batch.pixels.images.dtype',
    says: /found UNSPECIFIED/,
  },
  {
    title: 'too few bytes',
    content: pixels({ data: new Uint8Array(100) }),
    code: 'INVALID_ARGUMENT',
    field: 'batch.pixels.images.data',
    says: /must have 1568 bytes.*found 100/,
  },
  {
    title: 'a size that is no size',
    content: pixels({ shape: [-2, 28, 28, 1] }),
    code: 'INVALID_ARGUMENT',
    field: 'batch.pixels.images.shape[0]',
    says: /found -2/,
  },
  {
    title: 'an encoding it does not know',
    content: pixels({ encoding: 9 as Encoding }),
    code: 'INVALID_ARGUMENT',
    field: 'batch.pixels.images.encoding',
    says: /must be RAW, INT8_ROWS or TOP_K, found 9/,
  },
  {
    title: 'a pixel that is not a number, with its place',
    content: pixels({ dtype: DataType.FP32, data: floats(oneNaN) }),
    code: 'INVALID_ARGUMENT',
    field: 'batch.pixels.images',
    says: /must be finite, found NaN at \[1, 0, 16, 0\]/,
  },
  {
    title: 'too many images',
    content: pixels({ shape: [9, 28, 28, 1], data: new Uint8Array(9 * 28 * 28) }),
    code: 'RESOURCE_EXHAUSTED',
    field: 'batch.pixels.images',
    says: /9 samples, this server takes at most 8/,
  },
];

const order: BadCall[] = [
  {
    title: 'a stream that begins with a batch',
    make: () => distill(batch({ sequence: 0, content: samples([1]) })),
    code: 'INVALID_ARGUMENT',
    field: 'message',
    says: /the first message must be `open`/,
  },
  {
    title: 'a stream that begins with an empty message',
    make: () => distill({}),
    code: 'INVALID_ARGUMENT',
    field: 'message',
    says: /the first message must be `open`/,
  },
  {
    title: 'a stream that ends before it begins',
    make: () => distill(),
    code: 'INVALID_ARGUMENT',
    field: 'message',
    says: /ended before `open`/,
  },
  {
    title: 'a second opening',
    make: () => distill(opening(plain), opening(plain)),
    code: 'INVALID_ARGUMENT',
    field: 'message',
    says: /only `batch` may follow/,
  },
  {
    title: 'a sequence that does not rise',
    make: () =>
      distill(
        opening(plain),
        batch({ sequence: 3, content: samples([1]) }),
        batch({ sequence: 3, content: samples([2]) }),
      ),
    code: 'INVALID_ARGUMENT',
    field: 'batch.sequence',
    says: /must rise, found 3 after 3/,
  },
];

refuses('a teacher', subject, badNames);
refuses(
  'a teacher, opening a stream,',
  subject,
  openings.map(({ open, ...expected }) => ({ ...expected, make: () => distill(opening(open)) })),
);
refuses(
  'a teacher, asked for a batch,',
  subject,
  batches.map(({ content, open, ...expected }) => ({ ...expected, make: () => askBadly(content, open) })),
);
refuses('a teacher, by the order of messages,', subject, order);

describe('a teacher', () => {
  it('names everything that is wrong with an opening at once', async () => {
    const error = await distill(opening({ ...plain, split: 'val', window: -1, dtype: DataType.UINT8 })).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({
      violations: [{ field: 'open.split' }, { field: 'open.window' }, { field: 'open.dtype' }],
    });
  });

  it('grants no more than its limit, and answers in order what comes faster than it can', async () => {
    const asked = Array.from({ length: 30 }, (_, i) =>
      batch({ sequence: 10 * i, content: samples([i, i + 1]) }),
    );
    const [opened, ...answers] = await distill(opening({ ...plain, window: 100_000 }), ...asked);
    expect(opened.message).toMatchObject({ $case: 'opened', value: { window: 64, maxBatchSize: 8 } });
    const sequences = answers.map(({ message }) => (message?.$case === 'keys' ? message.value.sequence : -1));
    expect(sequences).toEqual(asked.map((_, i) => 10 * i));
  });
});
