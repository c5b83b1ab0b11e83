import { loadDataSet } from '@lyceum/data';
import type { tf } from '@lyceum/engine';
import { startEngine, toHost } from '@lyceum/engine';
import { computeKey, findLoss, parseParams } from '@lyceum/losses';
import { buildModel, type Model } from '@lyceum/models';
import { dataSpecOf, parseRecipe, planRecipe, type TrainTask } from '@lyceum/recipes';
import type { KeyRequest, PrepareOptions, StepKeys } from './compute-api.js';
import { prepareTraining } from './prepare.js';

export interface MadeOptions {
  /** Losses as a recipe's stage writes them. */
  readonly losses: string;
  readonly epochs?: number;
  /** Untrained teachers: architecture by name. */
  readonly teachers?: Readonly<Record<string, string>>;
  /** Classes of a teacher, where not those of the data. */
  readonly teacherClasses?: number;
  /** Parts of the student that stay as they are. */
  readonly freeze?: string;
  /** What the student's stage changes of the data. */
  readonly data?: string;
  /** What losses have trained beforehand. */
  readonly constants?: PrepareOptions['constants'];
}

/** A student in training on made-up images, with teachers in the same process; plain JavaScript computes. */
export async function madeTraining(options: MadeOptions) {
  await startEngine({ backend: 'js' });
  const task = taskOf(options);
  const data = await loadDataSet(dataSpecOf(task.data));
  const teachers = new Map(
    task.teachers.map(({ name: teacher, architecture }, index) => {
      const classCount = options.teacherClasses ?? data.classes.length;
      return [teacher, buildModel({ architecture, classCount, inputShape: data.shape }, 50 + index)] as const;
    }),
  );
  const teacherTaps = Object.fromEntries([...teachers].map(([teacher, model]) => [teacher, model.taps]));
  const { constants = {} } = options;
  const made = prepareTraining({ task, teacherTaps, remoteLosses: {}, constants }, data);
  const { batches } = made.training;
  const images = (step: number) => batches.images(batches.names.name(step));
  const teachersImages = (step: number) => batches.wholeImages(batches.names.name(step), images(step));
  return {
    ...made,
    task,
    data,
    teachers,
    images,
    /** What the teachers would send for a step. */
    answers: (step: number) => answersOf(made.prepared.keyRequests, teachers, teachersImages(step)),
  };
}

function taskOf({ losses, epochs = 2, teachers = {}, freeze, data }: MadeOptions): TrainTask {
  const names = Object.keys(teachers);
  const recipe = parseRecipe(`apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: made }
spec:
  data: { name: "synthetic:8x8x1/3", trainLimit: 24, testLimit: 6 }
  models: { student: { architecture: plain-cnn-2 }${names.map((n) => `, m-${n}: { architecture: ${teachers[n]} }`).join('')} }
  training: { epochs: ${epochs}, batchSize: 6 }
  stages:
${names.map((n) => `    - { name: t-${n}, kind: train, model: m-${n} }`).join('\n')}
    - name: student
      kind: ${names.length > 0 ? 'distill' : 'train'}
      model: student
      ${names.length > 0 ? `teachers: [${names.map((n) => `{ name: ${n}, stage: t-${n} }`).join(', ')}]` : ''}
      ${freeze === undefined ? '' : `freeze: [${freeze}]`}
      ${data === undefined ? '' : `data: ${data}`}
      losses: [${losses}]`);
  const spec = planRecipe(recipe).find(({ name }) => name === 'student')?.spec;
  if (spec?.kind !== 'train') throw new Error('the recipe has no student');
  return spec;
}

function answersOf(
  requests: readonly KeyRequest[],
  teachers: ReadonlyMap<string, Model>,
  images: tf.Tensor4D,
): StepKeys {
  const sent = [...teachers].map(([name, model]) => {
    const own = requests.filter(({ teacher }) => teacher === name);
    const outputs = model.forward(
      images,
      model.taps.map((tap) => tap.name),
      { training: false },
    );
    const logits = own.some(({ withLogits }) => withLogits) ? [toHost('logits', outputs.logits)] : [];
    const keys = own.flatMap(({ id, loss, params, teacherTaps, studentShapes }) => {
      const module = findLoss(loss);
      const taps = Object.entries(teacherTaps).map(([slot, tap]) => [slot, outputs[tap]]);
      const context = {
        params: parseParams(module.params, params),
        studentShapes,
        source: 'teacher',
        extra: {},
      };
      const key = computeKey(module, Object.fromEntries(taps) as Record<string, tf.Tensor>, context);
      return Object.entries(key).map(([tensor, value]) => toHost(`${id}/${tensor}`, value));
    });
    return [name, [...keys, ...logits]] as const;
  });
  return Object.fromEntries(sent);
}

export type MadeTraining = Awaited<ReturnType<typeof madeTraining>>;
