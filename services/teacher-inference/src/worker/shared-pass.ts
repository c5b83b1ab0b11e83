import { fillBatch, type LoadedData } from '@lyceum/data';
import { tf, toEngineMap, toHost } from '@lyceum/engine';
import { invalidField, LyceumError } from '@lyceum/errors';
import type { TensorMap } from '@lyceum/losses';
import type { Model } from '@lyceum/models';
import type { HostTensor } from '@lyceum/tensor';
import type { KeyProgram } from './compile-key.js';
import type { BatchContent, LoadedTeacher, Plan, PlanAnswer, SampleBatch } from './inference-api.js';

/** A network in memory. */
export interface TeacherInMemory {
  readonly description: LoadedTeacher;
  readonly model: Model;
}

/** A plan with all that its batches need. */
export interface OpenPlan {
  readonly plan: Plan;
  readonly teacher: TeacherInMemory;
  /** Taps that its answers are made of. */
  readonly wanted: readonly string[];
  readonly programs: readonly KeyProgram[];
  /** Taps to give besides, by which the answer can be made again. */
  readonly madeFrom: readonly string[];
  readonly data: LoadedData | undefined;
}

/**
 * One forward pass for plans that agree in teacher, data, split and augmentation, then the key halves of each. The
 * network computes the same numbers whatever is read from it, so an answer does not depend on who else gets one.
 * @returns an answer for each plan; one whose key half throws leaves the others alone.
 */
export function sharedPass(plans: readonly OpenPlan[], content: BatchContent): PlanAnswer[] {
  const [first] = plans;
  let answers: PlanAnswer[] = [];
  tf.tidy(() => {
    const images = imagesOf(first, content);
    const wanted = [...new Set(plans.flatMap((plan) => plan.wanted))];
    const outputs = first.teacher.model.forward(images, wanted, { training: false });
    answers = plans.map((plan) => answerOf(plan, outputs, images));
  });
  return answers;
}

/** What a forward pass of a batch would give, from the taps that it would read. */
export function projected(open: OpenPlan, taps: readonly HostTensor[], batch: SampleBatch): PlanAnswer {
  let answer: PlanAnswer | undefined;
  tf.tidy(() => {
    answer = answerOf({ ...open, madeFrom: [] }, toEngineMap(taps), imagesOf(open, batch));
  });
  if (answer === undefined) throw new LyceumError('INTERNAL', 'the keys of a batch were not made');
  return answer;
}

function answerOf(
  { plan, programs, madeFrom }: OpenPlan,
  outputs: TensorMap,
  images: tf.Tensor4D,
): PlanAnswer {
  try {
    // Read ahead of the end of `tidy`, but not returned by it: it would look for tensors in every single number.
    let tensors: HostTensor[] = [];
    tf.tidy(() => {
      const answers: Record<string, tf.Tensor> = {};
      for (const tap of plan.taps) answers[tap] = outputs[tap];
      for (const program of programs) Object.assign(answers, program(outputs, images));
      tensors = Object.entries(answers).map(([name, tensor]) => toHost(name, tensor));
    });
    if (madeFrom.length === 0) return { tensors };
    return { tensors, madeFrom: madeFrom.map((tap) => toHost(tap, outputs[tap])) };
  } catch (error) {
    return { error: LyceumError.from(error).toRecord() };
  }
}

function imagesOf({ teacher, data, plan }: OpenPlan, content: BatchContent): tf.Tensor4D {
  const [h, w, c] = teacher.description.inputShape;
  if (content.kind === 'samples') {
    if (data === undefined)
      throw invalidField('samples', 'the stream was opened without `data`; send pixels');
    const { indices, view } = content;
    const pixels = fillBatch(data, plan.split, indices, view, plan.augmentation);
    return tf.tensor4d(pixels, [indices.length, h, w, c]);
  }
  const { images } = content;
  const shape = images.shape as [number, number, number, number];
  if (images.dtype === 'f32') return tf.tensor4d(images.data as Float32Array, shape);
  const { mean, std } = teacher.description.normalization;
  const scaled = tf.div(tf.tensor4d(images.data, shape, 'float32'), 255);
  return tf.div(tf.sub(scaled, tf.tensor1d([...mean])), tf.tensor1d([...std]));
}
