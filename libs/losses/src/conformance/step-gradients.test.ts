import { startEngine, tf } from '@lyceum/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { gradientsOf, scoped } from '../golden/gradients.js';
import type { TensorMap } from '../loss.js';
import { losses } from '../registry.js';
import { openLoss } from '../session.js';
import { stepGradients } from '../step-gradients.js';
import { exampleStep } from './example-step.js';
import { exampleTensors } from './example-tensors.js';

const all = [...losses.values()].map((module) => [module.id, module] as const);
const factor = 0.9;
/** How a student makes a tap of what is below it. */
const above = (below: TensorMap) => changeEach(below, (tensor) => tf.mul(tensor, 1.7));

beforeAll(() => startEngine({ backend: 'auto' }));

describe.each(all)('%s', (_, module) => {
  it('has the same gradients to the last bit when it is computed apart as in a total', () => {
    scoped(() => {
      const example = exampleStep(module);
      const session = openLoss({ ...example.options, module, seed: 3 });
      const inputs = exampleTensors(example, session);
      const state = session.exportState();
      const weights = session.initialWeights();
      const student = above(inputs.student);

      const apart = stepGradients(session, { ...inputs, student, weights, step: 0 }, factor);
      session.importState(state);

      const below = Object.keys(inputs.student);
      const gradientsBy = (loss: (taps: TensorMap, weights: TensorMap) => tf.Scalar) =>
        gradientsOf({ ...inputs.student, ...weights }, (variables) => {
          const taps = above(Object.fromEntries(below.map((name) => [name, variables[name]])));
          const own = Object.fromEntries(Object.keys(weights).map((name) => [name, variables[name]]));
          return { value: tf.add(loss(taps, own), another(taps)), result: undefined };
        }).gradients;

      const whole = gradientsBy((taps, own) => {
        const step = { ...inputs, student: changeEach(taps, (tap) => tf.clone(tap)), weights: own, step: 0 };
        return tf.mul(session.apply(step).value, factor);
      });
      const joined = gradientsBy((taps, own) => {
        const gradients = [...Object.values(apart.student), ...Object.values(apart.weights)];
        const loss = tf.customGrad<tf.Scalar>(() => ({ value: tf.scalar(0), gradFunc: () => gradients }));
        return loss(...Object.values(taps), ...Object.values(own));
      });
      expect(joined).toEqual(whole);
      session.dispose();
    });
  });
});

/** Another loss of the same taps. */
function another(taps: TensorMap): tf.Scalar {
  return tf.addN<tf.Scalar>(Object.values(taps).map((tap) => tf.mean(tf.mul(tap, 0.3))));
}

function changeEach(tensors: TensorMap, change: (tensor: tf.Tensor) => tf.Tensor): TensorMap {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, change(tensor)]));
}
