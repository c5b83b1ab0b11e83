import { relu, tf } from '@lyceum/engine';
import { denseWeights } from './dense.js';
import type { OwnedTensor, TensorMap } from './loss.js';

/** Widths of a critic: of the teacher's features, the student's, and its hidden layers. */
export interface Critic {
  readonly name: string;
  readonly teacher: number;
  readonly student: number;
  readonly hidden: number;
}

/** Scores of pairs of the same image and of pairs of different ones, `[N, P]`. */
export interface CriticScores {
  readonly positive: tf.Tensor2D;
  readonly negative: tf.Tensor2D;
}

/** Weights of a perceptron on [teacher, student] with two hidden layers and one output: `<name>.dense0` ... `dense2`. */
export function criticWeights({ name, teacher, student, hidden }: Critic): readonly OwnedTensor[] {
  return [
    ...denseWeights(`${name}.dense0`, teacher + student, hidden),
    ...denseWeights(`${name}.dense1`, hidden, hidden),
    ...denseWeights(`${name}.dense2`, hidden, 1),
  ];
}

/**
 * Scores features of both sides, place by place. The first layer is linear in each side, so that the teacher's part is
 * computed once for positive and negative pairs, and once for all places where it has one.
 *
 * @param teacher `[N, P, Dt]`, or `[N, 1, Dt]` for all places alike.
 * @param student `[N, P, Ds]`.
 * @param negatives int32 `[N]`: whose teacher features make a sample's negative pair.
 */
export function criticScores(
  critic: Critic,
  teacher: tf.Tensor3D,
  student: tf.Tensor3D,
  negatives: tf.Tensor1D,
  weights: TensorMap,
): CriticScores {
  const { name, hidden } = critic;
  const kernel = weights[`${name}.dense0.kernel`] as tf.Tensor2D;
  const ofTeacher = product(teacher, tf.slice(kernel, [0, 0], [critic.teacher, hidden]));
  const own = product(student, tf.slice(kernel, [critic.teacher, 0], [critic.student, hidden]));
  const ofStudent = tf.add(own, weights[`${name}.dense0.bias`]);
  const score = (part: tf.Tensor3D): tf.Tensor2D => {
    const first = relu(tf.add<tf.Tensor3D>(part, ofStudent));
    const second = relu(dense(first, `${name}.dense1`, weights));
    return tf.squeeze(dense(second, `${name}.dense2`, weights), [2]);
  };
  return { positive: score(ofTeacher), negative: score(tf.gather(ofTeacher, negatives)) };
}

function dense(x: tf.Tensor3D, name: string, weights: TensorMap): tf.Tensor3D {
  return tf.add(product(x, weights[`${name}.kernel`] as tf.Tensor2D), weights[`${name}.bias`]);
}

/** `[N, P, A]` by `[A, B]`. */
function product(x: tf.Tensor3D, kernel: tf.Tensor2D): tf.Tensor3D {
  const [batch, places, width] = x.shape;
  return tf.reshape(tf.matMul(tf.reshape(x, [-1, width]), kernel), [batch, places, kernel.shape[1]]);
}
