import { startEngine } from '@lyceum/engine';
import { LyceumError } from '@lyceum/errors';
import {
  assignedShapes,
  assignTaps,
  bytesPerSample,
  checkPairs,
  describeLoss,
  describeOwned,
  findLoss,
  keyShapes,
  parseParams,
  settingOf,
  type AnyLoss,
  type LossSetting,
  type Shape,
  type ShapeMap,
  type TapAssignment,
} from '@lyceum/losses';
import { describeModel } from '@lyceum/models';

/** A teacher and a student, and what else decides the size of a loss between them. */
export interface LossPair {
  /** Architectures. */
  readonly teacher: string;
  readonly student: string;
  readonly inputShape: readonly [height: number, width: number, channels: number];
  readonly classCount: number;
  /** Training samples, for losses with a memory bank. */
  readonly sampleCount: number;
  /** Samples a batch, for keys that grow with it. */
  readonly batchSize: number;
}

/** A tensor of a key: `'N'` is the batch. */
export interface KeyTensor {
  readonly source: string;
  readonly name: string;
  readonly shape: readonly (number | 'N')[];
}

export interface OwnedShape {
  readonly name: string;
  readonly shape: Shape;
}

export interface ConstantShape extends OwnedShape {
  /** Whether the teacher computes it from its batch norms, so that it need not be given. */
  readonly computed: boolean;
}

/** What a loss with its default parameters and taps costs between two networks. Bytes are of float32. */
export interface LossFigures {
  /** Tap of every slot. */
  readonly studentTaps: TapAssignment;
  readonly teacherTaps: TapAssignment;
  /** Who gives keys; empty for a loss without a teacher. */
  readonly sources: readonly string[];
  readonly key: readonly KeyTensor[];
  /** Bytes of all sources' keys a sample. */
  readonly keyBytesPerSample: number;
  /** Bytes of the taps that the keys are made of. */
  readonly rawBytesPerSample: number;
  readonly adapters: readonly OwnedShape[];
  /** Numbers that are trained beside the student. */
  readonly adapterParameterCount: number;
  readonly state: readonly OwnedShape[];
  readonly stateBytes: number;
  /** What must have been trained for the loss beforehand. */
  readonly constants: readonly ConstantShape[];
}

/** resnet32x4 to resnet8x4 on CIFAR-100: the pair that published comparisons share. */
export const usualPair: LossPair = {
  teacher: 'resnet32x4',
  student: 'resnet8x4',
  inputShape: [32, 32, 3],
  classCount: 100,
  sampleCount: 50_000,
  batchSize: 64,
};

/**
 * Works the figures out by running the loss's key half on zeros, in plain JavaScript, which needs no native engine.
 * An engine that runs in this thread already is used instead.
 * @throws LyceumError UNKNOWN_NAME for a loss or architecture; TAPS_DO_NOT_MATCH where the loss does not fit the pair.
 */
export async function lossFigures(id: string, pair: LossPair = usualPair): Promise<LossFigures> {
  const module = findLoss(id);
  const { inputShape, classCount, sampleCount } = pair;
  const [student, teacher] = [pair.student, pair.teacher].map((architecture) =>
    describeModel({ architecture, inputShape, classCount }),
  );
  const params = parseParams(module.params);
  const studentTaps = assignTaps(module.student, params, student.taps);
  const teacherTaps = assignTaps(module.teacher, params, teacher.taps);
  const sources = sourcesOf(module);
  if (sources.length > 0) checkPairs(module, studentTaps, teacherTaps);
  const raw = assignedShapes(teacherTaps, teacher.taps);
  const setting = settingOf(module, {
    studentShapes: assignedShapes(studentTaps, student.taps),
    teacherShapes: bySource(sources, raw),
    sampleCount,
    classCount,
    trainLabels: Int32Array.from({ length: sampleCount }, (_, index) => index % classCount),
  });
  await startAnyEngine();
  const key = sources.flatMap((source) => keyTensors(module, setting, source));
  const { adapters, state } = describeOwned(module, setting);
  return {
    studentTaps,
    teacherTaps,
    sources,
    key,
    keyBytesPerSample: key.reduce((sum, { shape }) => sum + rowBytes(shape, pair.batchSize), 0),
    rawBytesPerSample: sources.length * bytesPerSample(raw),
    adapters: adapters.map(({ name, shape }) => ({ name, shape })),
    adapterParameterCount: adapters.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    state: state.map(({ name, shape }) => ({ name, shape })),
    stateBytes: state.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0),
    constants: constantsOf(module, setting),
  };
}

function constantsOf({ extra = [] }: AnyLoss, setting: LossSetting): readonly ConstantShape[] {
  const frozen = extra.filter(({ from }) => from === 'frozen');
  return frozen.map(({ name, shape, fromNorms }) => {
    return { name, shape: shape?.(setting) ?? [], computed: fromNorms !== undefined };
  });
}

async function startAnyEngine(): Promise<void> {
  await startEngine({ backend: 'js' }).catch((error: unknown) => {
    if (LyceumError.from(error).reason !== 'WRONG_STATE') throw error;
  });
}

/** The sources of the smallest set-up that the loss takes. */
function sourcesOf(module: AnyLoss): readonly string[] {
  if (module.teacher.length === 0) return [];
  if (module.sourceNames !== undefined) return module.sourceNames;
  const count = Math.max(1, describeLoss(module).sourceCount.min);
  if (count === 1) return ['teacher'];
  return Array.from({ length: count }, (_, index) => `teacher${index + 1}`);
}

function bySource(sources: readonly string[], shapes: ShapeMap): ShapeMap {
  const named = sources.flatMap((source) =>
    Object.entries(shapes).map(([slot, shape]) => [`${source}/${slot}`, shape] as const),
  );
  return Object.fromEntries(named);
}

/** Two batch sizes that tell a size which follows the batch from one that does not. */
const probes = [1, 2] as const;

function keyTensors(module: AnyLoss, setting: LossSetting, source: string): readonly KeyTensor[] {
  if (module.keyIsPerBatch !== true) {
    const shapes = Object.entries(keyShapes(module, setting, source));
    return shapes.map(([name, shape]) => ({ source, name, shape: ['N', ...shape] }));
  }
  const [few, more] = probes.map((batch) => keyShapes(module, setting, source, batch));
  return Object.entries(few).map(([name, shape]) => {
    const follows = (size: number, axis: number): boolean => size !== more[name][axis];
    return { source, name, shape: ['N', ...shape.map((size, axis) => (follows(size, axis) ? 'N' : size))] };
  });
}

function rowBytes(shape: KeyTensor['shape'], batchSize: number): number {
  return 4 * sizeOf(shape.slice(1).map((size) => (size === 'N' ? batchSize : size)));
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
