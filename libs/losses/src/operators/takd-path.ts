import { tf } from '@lyceum/engine';
import { invalidField } from '@lyceum/errors';
import { defineOperator } from './operator.js';

/**
 * Which models make the best chain of assistants, by dynamic programming. Models 0 (the teacher) to L-1 (the student)
 * fall in size; `accuracy[i, j]`, i < j, is what model j reaches when it learns from the best known version of model
 * i, and `accuracy[0, 0]` the teacher's own:
 *
 *     best_0 = accuracy[0, 0],   best_j = max_{i<j} accuracy[i, j],   parent_j: its i, the first on ties
 *
 * It takes 1 + L (L-1)/2 trainings, where trying all 2^(L-2) chains takes one for every prefix. This rule is our
 * definition: that the paper chooses with this recursion is not confirmed.
 */
export const takdPath = defineOperator({
  id: 'takd-path',
  title: 'Choice of the chain of assistants',
  source:
    'Our definition and no evidence about the paper: a dynamic program over the models of Mirzadeh et al., AAAI 2020 (arXiv 1902.03393)',
  rule: 'best_j = max over i < j of accuracy[i, j], parent_j the first such i; path = parents from the student back',
  params: {},
  inputs: [{ name: 'accuracy', doc: '[L, L]: of model j taught by model i, models by falling size' }],
  outputs: [
    { name: 'best', doc: '[L], accuracy of each model at the end of its best chain' },
    { name: 'parent', doc: 'int32 [L], whom it learns from; -1 of the teacher' },
    { name: 'path', doc: 'int32, the models of the chain to the student, teacher first' },
    { name: 'trainings', doc: 'int32 [1], how many models have to be trained' },
    { name: 'paths', doc: 'int32 [1], how many chains there are' },
  ],
  vectors: { file: 'takd', derived: ['models'] },
  run: ({ inputs }) => {
    const [count, columns] = inputs.accuracy.shape;
    if (inputs.accuracy.rank !== 2 || count !== columns || count < 1) {
      const found = `[${inputs.accuracy.shape.join(', ')}]`;
      throw invalidField('inputs.accuracy', `must be a square table [L, L], found ${found}`);
    }
    const accuracy = inputs.accuracy.dataSync();
    const parent = Array.from({ length: count }, (_, model) => bestTeacher(accuracy, count, model));
    const best = parent.map((teacher, model) => accuracy[Math.max(teacher, 0) * count + model]);
    return {
      best: tf.tensor1d(best),
      parent: tf.tensor1d(parent, 'int32'),
      path: tf.tensor1d(chainTo(count - 1, parent), 'int32'),
      trainings: tf.tensor1d([1 + (count * (count - 1)) / 2], 'int32'),
      paths: tf.tensor1d([2 ** Math.max(0, count - 2)], 'int32'),
    };
  },
});

/** The larger model that makes most of `model`, the largest on ties; -1 of model 0. */
function bestTeacher(accuracy: ArrayLike<number>, count: number, model: number): number {
  let best = model === 0 ? -1 : 0;
  for (let teacher = 1; teacher < model; teacher += 1) {
    if (accuracy[teacher * count + model] > accuracy[best * count + model]) best = teacher;
  }
  return best;
}

function chainTo(model: number, parent: readonly number[]): number[] {
  return model < 0 ? [] : [...chainTo(parent[model], parent), model];
}
