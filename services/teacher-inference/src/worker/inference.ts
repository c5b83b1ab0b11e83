import { fillBatch, loadDataSet, type LoadedData } from '@lyceum/data';
import { serveWorker, startEngine, tf, workerInput, type BackendChoice } from '@lyceum/engine';
import { invalidField, LyceumError, renameFields, unknownName } from '@lyceum/errors';
import { findLoss, loadLossPackages } from '@lyceum/losses';
import { restoreModel, type Model } from '@lyceum/models';
import { decodeSafetensors, type HostTensor } from '@lyceum/tensor';
import { createHash } from 'node:crypto';
import { compileKeys, type KeyProgram } from './compile-key.js';
import type {
  BatchContent,
  DataName,
  InferenceApi,
  LoadedTeacher,
  OpenedPlan,
  Plan,
} from './inference-api.js';

// The teacher's compute thread: forward passes and key halves.

interface Teacher {
  readonly description: LoadedTeacher;
  readonly model: Model;
}

interface OpenPlan {
  readonly plan: Plan;
  readonly teacher: Teacher;
  readonly wanted: readonly string[];
  readonly programs: readonly KeyProgram[];
  readonly data: LoadedData | undefined;
}

const { backend, threads, lossPackages } = workerInput<{
  backend: BackendChoice;
  threads?: number;
  lossPackages: readonly string[];
}>();
const engine = await startEngine({ backend, ...(threads === undefined ? {} : { threads }) });
await loadLossPackages(lossPackages);
const teachers = new Map<string, Teacher>();
const plans = new Map<number, OpenPlan>();
const dataSets = new Map<string, Promise<LoadedData>>();
let nextPlan = 1;

function load(name: string, weights: Uint8Array): LoadedTeacher {
  const model = restoreModel(weights, { label: `teacher "${name}"` });
  const { config } = model;
  const { metadata } = decodeSafetensors(weights);
  const normalization = JSON.parse(
    metadata.normalization ?? '{"mean":[0],"std":[1]}',
  ) as LoadedTeacher['normalization'];
  const description: LoadedTeacher = {
    name,
    architecture: config.architecture,
    classCount: config.classCount,
    inputShape: config.inputShape,
    parameterCount: model.parameterCount,
    weightsDigest: `sha256:${createHash('sha256').update(weights).digest('hex')}`,
    taps: model.taps,
    normalization,
    dataSet: metadata.data ?? '',
  };
  teachers.get(name)?.model.dispose();
  teachers.set(name, { description, model });
  return description;
}

function dataOf(name: DataName): Promise<LoadedData> {
  const key = JSON.stringify(name);
  const loading = dataSets.get(key) ?? loadDataSet(name);
  dataSets.set(key, loading);
  loading.catch(() => dataSets.delete(key));
  return loading.catch((error: unknown) => {
    throw dataError(error);
  });
}

/** What is wrong with the data, under the field that named them. */
function dataError(caught: unknown): LyceumError {
  const error = LyceumError.from(caught);
  if (error.violations.length > 0) return renameFields(error, (field) => `data.${field}`);
  const { reason, message } = error;
  return new LyceumError(reason, `data: ${message}`, {
    ...error,
    violations: [{ field: 'data', description: message }],
    cause: error,
  });
}

async function open(plan: Plan): Promise<OpenedPlan> {
  const teacher = teachers.get(plan.teacher);
  if (teacher === undefined) throw unknownName('teacher', plan.teacher, teachers.keys());
  const tapNames = teacher.model.taps.map((tap) => tap.name);
  plan.taps.forEach((tap, i) => {
    if (!tapNames.includes(tap)) throw unknownName('tap', tap, tapNames, `taps[${i}]`);
  });
  const compiled = compileKeys(plan.keys, teacher.model);
  const data = plan.data === undefined ? undefined : await dataOf(plan.data);
  if (data !== undefined && data.shape.join() !== teacher.description.inputShape.join()) {
    const description = `samples are [${data.shape.join(', ')}], the teacher takes [${teacher.description.inputShape.join(', ')}]`;
    throw invalidField('data.name', description);
  }
  const wanted = [...new Set([...plan.taps, ...compiled.flatMap(({ taps }) => taps)])];
  const opened = { plan, teacher, wanted, data, programs: compiled.map(({ program }) => program) };
  const [h, w, c] = teacher.description.inputShape;
  const one: HostTensor = {
    name: 'images',
    dtype: 'f32',
    shape: [1, h, w, c],
    data: new Float32Array(h * w * c),
  };
  const perBatch = new Set(
    plan.keys.filter((key) => findLoss(key.loss).keyIsPerBatch === true).map((key) => key.id),
  );
  const tensors = runPlan(opened, { kind: 'pixels', images: one }).map(({ name, shape }) => ({
    name,
    shape,
    perBatch: perBatch.has(name.split('/')[0]),
  }));
  const id = nextPlan++;
  plans.set(id, opened);
  return { id, tensors, sampleCount: data?.[plan.split].count ?? 0, dataDigest: data?.digest ?? '' };
}

function run(id: number, content: BatchContent): HostTensor[] {
  const open = plans.get(id);
  if (open === undefined) throw new LyceumError('INTERNAL', `plan ${id} is not open`);
  return runPlan(open, content);
}

function runPlan(open: OpenPlan, content: BatchContent): HostTensor[] {
  return tf.tidy(() => {
    const images = imagesOf(open, content);
    const outputs = open.teacher.model.forward(images, open.wanted, { training: false });
    const answers: Record<string, tf.Tensor> = {};
    for (const tap of open.plan.taps) answers[tap] = outputs[tap];
    for (const program of open.programs) Object.assign(answers, program(outputs, images));
    return Object.entries(answers).map(([name, tensor]) => ({
      name,
      dtype: 'f32' as const,
      shape: [...tensor.shape],
      data: tensor.dataSync() as Float32Array,
    }));
  });
}

function imagesOf({ teacher, data, plan }: OpenPlan, content: BatchContent): tf.Tensor4D {
  const [h, w, c] = teacher.description.inputShape;
  if (content.kind === 'samples') {
    if (data === undefined)
      throw invalidField('samples', 'the stream was opened without `data`; send pixels');
    const { indices, view } = content;
    const pixels = new Float32Array(indices.length * data.sampleSize);
    fillBatch(data, plan.split, indices, view, plan.augmentation, pixels);
    return tf.tensor4d(pixels, [indices.length, h, w, c]);
  }
  const { images } = content;
  const shape = images.shape as [number, number, number, number];
  if (images.dtype === 'f32') return tf.tensor4d(images.data as Float32Array, shape);
  const { mean, std } = teacher.description.normalization;
  const scaled = tf.div(tf.tensor4d(images.data, shape, 'float32'), 255);
  return tf.div(tf.sub(scaled, tf.tensor1d([...mean])), tf.tensor1d([...std]));
}

const api: InferenceApi = { engine: () => engine, load, open, run, close: (plan) => void plans.delete(plan) };
serveWorker<InferenceApi>(api);
