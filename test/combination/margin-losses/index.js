import { tf } from '@lyceum/engine';
import { defineLoss, number, onlyKeys } from '@lyceum/losses';

/** The teacher sends how far each class is below its best one: [N, C], 0 for the best. */
export const margin = defineLoss({
  id: 'margin',
  title: 'Margins below the best class',
  source: 'made for a test',
  equation: 'L = mean max(0, |m_s - m_t| - slack)^2, m = z - max z',
  params: { slack: number({ default: 0, min: 0, doc: 'gap that costs nothing' }) },
  student: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  teacher: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  keySources: ['teacher', 'peer'],
  key: ({ logits }) => ({ margins: below(logits) }),
  value: ({ params, student, keys }) => {
    const gap = tf.abs(tf.sub(below(student.logits), onlyKeys(keys).margins));
    return { value: tf.mean(tf.square(tf.relu(tf.sub(gap, params.slack)))) };
  },
});

/** Squares of the margins' differences, each class by a weight that was found beforehand. */
export const weighted = defineLoss({
  id: 'weighted',
  title: 'Margins by class weights',
  source: 'made for a test',
  equation: 'L = mean w (m_s - m_t)^2, m = z - max z',
  params: {},
  student: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  teacher: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  keySources: ['teacher'],
  extra: [
    {
      name: 'classWeights',
      doc: 'w [C]',
      from: 'frozen',
      half: 'value',
      shape: ({ studentShapes }) => studentShapes.logits,
    },
  ],
  key: ({ logits }) => ({ margins: below(logits) }),
  value: ({ student, keys, extra }) => {
    const gap = tf.sub(below(student.logits), onlyKeys(keys).margins);
    return { value: tf.mean(tf.mul(extra.classWeights, tf.square(gap))) };
  },
});

const below = (logits) => tf.sub(logits, tf.max(logits, 1, true));
