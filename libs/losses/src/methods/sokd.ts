import { stopGradient, tf } from '@lyceum/engine';
import { defineLoss, onlyKeys, type LossOutput, type LossSetting } from '../loss.js';
import { choice, group, integer, number } from '../params.js';
import {
  applyBridge,
  bridgeState,
  checkBridge,
  bridgeWeights,
  type Bridge,
} from '../preactivation-bridge.js';
import { shapeMismatch } from '../setting.js';
import { labelCrossEntropy, softKl } from '../soft-labels.js';
import { labelsOf } from '../step-inputs.js';
import { sumOfTerms } from '../sum-of-terms.js';

/**
 * Semi-online distillation (arXiv 2111.11747, 2021). A bridge B, a trained copy of the teacher's top on the frozen
 * teacher's bottom, learns from the teacher and from the student; the student learns from the bridge alone:
 *
 *     KD(a, b) = T^2/N sum_n KL(softmax(b/T) || softmax(a/T)), b constant
 *     L = w1 CE(z_B, y) + w2 KD(z_B, z_T) + w3 KD(z_B, z_S)  +  v1 CE(z_S, y) + v2 KD(z_S, z_B)
 *
 * The constants keep the two gradients apart in the one sum. The terms are reported times their weights. As the authors'
 * trainer/sokd.py; their teacher stays in training mode, here it is in evaluation mode. B is a stage of pre-activation
 * residual blocks that reads the teacher's map ahead of its last stage (`layer2`, before batch norm), trained as an
 * adapter: 6 blocks of twice the width fit WRN-40. With `bridge: given` its logits are the tap `bridgeLogits`.
 */
export const sokd = defineLoss({
  id: 'sokd',
  title: 'Semi-online distillation with a bridge (SOKD)',
  source: "Semi-Online Knowledge Distillation, 2021 (arXiv 2111.11747); the authors' trainer/sokd.py",
  equation:
    'L = w1 CE(z_B, y) + w2 KD(z_B, z_T) + w3 KD(z_B, z_S) + v1 CE(z_S, y) + v2 KD(z_S, z_B), KD(a, b) = T^2 KL(softmax(b/T) || softmax(a/T))',
  params: {
    temperature: number({ default: 4, min: 0, exclusiveMin: true, doc: 'T, softens both sides' }),
    weights: group({
      doc: 'weights of the terms',
      fields: {
        studentCe: number({ default: 1, min: 0, doc: 'v1, labels to the student' }),
        studentKd: number({ default: 1, min: 0, doc: 'v2, bridge to the student' }),
        bridgeCe: number({ default: 1, min: 0, doc: 'w1, labels to the bridge' }),
        bridgeKdTeacher: number({ default: 1, min: 0, doc: 'w2, teacher to the bridge' }),
        bridgeKdStudent: number({ default: 1, min: 0, doc: 'w3, student to the bridge' }),
      },
    }),
    bridge: choice({ default: 'own', choices: ['own', 'given'], doc: 'built here, or the tap bridgeLogits' }),
    blocks: integer({ default: 6, min: 1, doc: "residual blocks of the bridge; the teacher's last stage" }),
    width: integer({ default: 0, min: 0, doc: "the bridge's channels; 0: twice those of layer2" }),
    stride: integer({ default: 2, min: 1, doc: "of the bridge's first block" }),
    pool: integer({ default: 0, min: 0, doc: 'side of the window of the last pooling; 0: the whole map' }),
  },
  student: [
    { name: 'logits', kind: 'logits', defaultTaps: 'logits' },
    { name: 'bridgeLogits', kind: 'logits', defaultTaps: 'logits', when: ({ bridge }) => bridge === 'given' },
  ],
  teacher: [
    { name: 'logits', kind: 'logits', defaultTaps: 'logits' },
    { name: 'layer2', kind: 'map', defaultTaps: 'hint', when: ({ bridge }) => bridge === 'own' },
  ],
  keySources: ['teacher'],
  needsLabels: ({ weights }) => weights.studentCe > 0 || weights.bridgeCe > 0,
  stopsGradients: true,
  vectors: {
    implied: ({ inputs, weightShapes }) => ({
      bridge: inputs.includes('student.bridgeLogits') ? 'given' : 'own',
      width: weightShapes['bridge.bn.gamma']?.[0] ?? 0,
    }),
  },
  example: { blocks: 1 },
  check: (setting) => {
    const { logits, bridgeLogits } = setting.studentShapes;
    if (setting.params.bridge === 'own') checkBridge(bridgeOf(setting), setting.teacherShapes.layer2);
    else if (bridgeLogits.join() !== logits.join())
      throw shapeMismatch('student.bridgeLogits', `must have ${logits[0]} classes, found ${bridgeLogits[0]}`);
  },
  adapters: (setting) => (setting.params.bridge === 'own' ? bridgeWeights(bridgeOf(setting)) : []),
  state: (setting) => (setting.params.bridge === 'own' ? bridgeState(bridgeOf(setting)) : []),
  value: ({ params, student, keys, labels, weights, state, setting }): LossOutput => {
    const teacher = onlyKeys(keys);
    const { logits } = student;
    const bridge =
      params.bridge === 'own'
        ? applyBridge(teacher.layer2 as tf.Tensor4D, bridgeOf(setting), weights, state)
        : { logits: student.bridgeLogits, state: {} };
    const ce = (of: tf.Tensor): tf.Scalar => labelCrossEntropy(of, labelsOf({ labels }));
    const kd = (of: tf.Tensor, target: tf.Tensor): tf.Scalar =>
      tf.mul(softKl(stopGradient(target), of, params.temperature), params.temperature ** 2);
    const terms = {
      bridgeCe: () => ce(bridge.logits),
      bridgeKdTeacher: () => kd(bridge.logits, teacher.logits),
      bridgeKdStudent: () => kd(bridge.logits, logits),
      studentCe: () => ce(logits),
      studentKd: () => kd(logits, bridge.logits),
    };
    const weighted = Object.entries(terms).map(([name, term]) => {
      const weight = params.weights[name as keyof typeof terms];
      return [name, weight === 0 ? tf.scalar(0) : tf.mul<tf.Scalar>(term(), weight)] as const;
    });
    return { ...sumOfTerms(weighted), state: bridge.state };
  },
});

type Setting = Pick<LossSetting, 'studentShapes' | 'teacherShapes'> & {
  readonly params: Pick<Bridge, 'blocks' | 'width' | 'stride' | 'pool'>;
};

function bridgeOf({ params, studentShapes, teacherShapes }: Setting): Bridge {
  const [, , inputs] = teacherShapes.layer2;
  const { blocks, width, stride, pool } = params;
  const classes = studentShapes.logits[0];
  return { inputs, classes, blocks, width: width === 0 ? 2 * inputs : width, stride, pool };
}
