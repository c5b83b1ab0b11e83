import { isBatchBound, viewedAt, type LoadedData } from '@lyceum/data';
import { serveWorker, startEngine, workerInput, type BackendChoice } from '@lyceum/engine';
import { invalidField, LyceumError, renameFields, unknownName } from '@lyceum/errors';
import { findLoss, keyNumbers, loadLossPackages, type KeyNumbers } from '@lyceum/losses';
import { restoreModel } from '@lyceum/models';
import { decodeSafetensors, elementCount, hostTensor, type HostTensor } from '@lyceum/tensor';
import { createHash } from 'node:crypto';
import { compileKeys } from './compile-key.js';
import { DataSets } from './data-sets.js';
import type {
  BatchContent,
  InferenceApi,
  LoadedTeacher,
  OpenedPlan,
  Plan,
  PlanAnswer,
  PlannedKey,
  SampleBatch,
} from './inference-api.js';
import { projected, sharedPass, type OpenPlan, type TeacherInMemory } from './shared-pass.js';

// The teacher's compute thread: forward passes and key halves.

const { backend, threads, lossPackages } = workerInput<{
  backend: BackendChoice;
  threads?: number;
  lossPackages: readonly string[];
}>();
const engine = await startEngine({ backend, ...(threads === undefined ? {} : { threads }) });
await loadLossPackages(lossPackages);
const teachers = new Map<string, TeacherInMemory>();
const plans = new Map<number, OpenPlan>();
const dataSets = new DataSets();
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

async function open(plan: Plan, keptBytes: number): Promise<OpenedPlan> {
  const teacher = teachers.get(plan.teacher);
  if (teacher === undefined) throw unknownName('teacher', plan.teacher, teachers.keys());
  const tapNames = teacher.model.taps.map((tap) => tap.name);
  plan.taps.forEach((tap, i) => {
    if (!tapNames.includes(tap)) throw unknownName('tap', tap, tapNames, `taps[${i}]`);
  });
  const compiled = compileKeys(plan.keys, teacher.model);
  const wanted = [...new Set([...plan.taps, ...compiled.flatMap(({ taps }) => taps)])];
  const programs = compiled.map(({ program }) => program);
  const whole = plan.data && (await dataSets.take(plan.data));
  try {
    const data = whole && viewOf(whole, plan);
    const madeFrom = isRemade(plan) ? [...wanted].sort() : [];
    const isTooMuch = rowBytes(madeFrom, teacher) * (data?.[plan.split].count ?? 0) > keptBytes;
    return opened({ plan, teacher, wanted, data, programs, madeFrom: isTooMuch ? [] : madeFrom });
  } catch (error) {
    if (plan.data) dataSets.release(plan.data);
    throw error;
  }
}

/** Whether answers are worth keeping and cannot be kept as they are, since they belong to whole batches. */
function isRemade({ keep, keys, data, augmentation }: Plan): boolean {
  const isMixed = augmentation !== undefined && isBatchBound(augmentation);
  return keep === true && data !== undefined && !isMixed && keys.some(isPerBatch);
}

/** Bytes of some taps of one sample. */
function rowBytes(taps: readonly string[], teacher: TeacherInMemory): number {
  return 4 * taps.reduce((sum, name) => sum + elementCount(shapeOf(name, teacher)), 0);
}

function shapeOf(tap: string, { model }: TeacherInMemory): readonly number[] {
  return model.taps.find(({ name }) => name === tap)?.shape ?? [];
}

function isPerBatch({ loss }: PlannedKey): boolean {
  return findLoss(loss).keyIsPerBatch === true;
}

function viewOf(data: LoadedData, { viewPixels }: Plan): LoadedData {
  try {
    return viewedAt(data, viewPixels);
  } catch (error) {
    throw renameFields(error, () => 'view_pixels');
  }
}

/** Tries a plan on a batch of one, and remembers it. */
function opened(open: OpenPlan): OpenedPlan {
  const { plan, teacher, data } = open;
  const { inputShape } = teacher.description;
  if (data !== undefined && data.shape.join() !== inputShape.join()) {
    const description = `samples are [${data.shape.join(', ')}], the teacher takes [${inputShape.join(', ')}]`;
    throw invalidField('data.name', description);
  }
  const perBatch = new Set(plan.keys.filter(isPerBatch).map((key) => key.id));
  const tensors = tensorsOfOne(open).map(({ name, shape }) => ({
    name,
    shape,
    perBatch: perBatch.has(name.split('/')[0]),
    numbers: numbersOf(plan, name),
  }));
  const id = nextPlan++;
  plans.set(id, open);
  const { split } = plan;
  if (data === undefined) return { id, tensors, sampleCount: 0, dataDigest: '' };
  const { digest, normalization } = data;
  const madeFrom = open.madeFrom.map((name) => ({ name, shape: [1, ...shapeOf(name, teacher)] }));
  return {
    ...{ id, tensors, sampleCount: data[split].count, dataDigest: digest, normalization },
    ...(madeFrom.length === 0 ? {} : { madeFrom }),
  };
}

/** What the numbers of an answer's tensor are; those of a raw tap may be any. */
function numbersOf({ keys }: Plan, name: string): KeyNumbers {
  const [id, tensor] = name.split('/');
  const key = keys.find((one) => one.id === id);
  return key === undefined || tensor === undefined ? 'any' : keyNumbers(findLoss(key.loss), tensor);
}

/** The answer to a batch of one black image. */
function tensorsOfOne(open: OpenPlan): readonly HostTensor[] {
  const [h, w, c] = open.teacher.description.inputShape;
  const images = hostTensor('images', new Float32Array(h * w * c), [1, h, w, c]);
  const [{ tensors, error }] = sharedPass([open], { kind: 'pixels', images });
  if (error !== undefined) throw LyceumError.fromRecord(error);
  return tensors;
}

function run(ids: readonly number[], content: BatchContent): PlanAnswer[] {
  return sharedPass(ids.map(planWith), content);
}

function project(id: number, madeFrom: readonly HostTensor[], batch: SampleBatch): PlanAnswer {
  return projected(planWith(id), madeFrom, batch);
}

function planWith(id: number): OpenPlan {
  const plan = plans.get(id);
  if (plan === undefined) throw new LyceumError('INTERNAL', `plan ${id} is not open`);
  return plan;
}

function close(id: number): void {
  const data = plans.get(id)?.plan.data;
  plans.delete(id);
  if (data !== undefined) dataSets.release(data);
}

const api: InferenceApi = { engine: () => engine, load, open, run, project, close };
serveWorker<InferenceApi>(api);
