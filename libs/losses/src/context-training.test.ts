import { startEngine, tf } from '@lyceum/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { scoped } from './golden/gradients.js';
import { openLoss } from './session.js';

beforeAll(() => startEngine({ backend: 'auto' }));

const labels = [0, 1, 2, 1];

/** What a step of the loss `cdgc` gives on a made code: its terms, and what it has a gradient for. */
function turn(step: number, { epoch = 0, params = {}, shift = 0 } = {}) {
  const studentShapes = { code: [2, 2, 3] };
  const session = openLoss({ id: 'cdgc', studentShapes, classCount: 3, params, seed: 2 });
  return scoped(() => {
    const given = { code: tf.tensor4d(Float32Array.from({ length: 48 }, (_, i) => Math.sin(3 * i)), [4, 2, 2, 3]), ...session.initialWeights() }; // prettier-ignore
    const variables = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, tf.variable(value)]),
    );
    const images = tf.tensor4d(
      Float32Array.from({ length: 256 }, (_, i) => Math.cos(i)),
      [4, 8, 8, 1],
    );
    const terms: Record<string, number> = {};
    const { value, grads } = tf.variableGrads(() => {
      const { code, ...weights } = variables;
      const output = session.apply({
        student: { code },
        weights,
        labels: Int32Array.from(labels, (label) => (label + shift) % 3),
        extra: { images },
        step,
        epoch,
      });
      for (const [name, term] of Object.entries(output.terms ?? {})) terms[name] = term.dataSync()[0];
      return output.value;
    }, Object.values(variables));
    const trained = Object.keys(variables).filter((name) => variables[name].name in grads);
    return { value: value.dataSync()[0], terms, parts: new Set(trained.map((name) => name.split('.')[0])) };
  });
}

describe('a context network in training', () => {
  it('has turns: of the classifier, and of encoder and decoder, each leaving the other alone', () => {
    expect(turn(0).parts).toEqual(new Set(['classifier']));
    expect(turn(1).parts).toEqual(new Set(['code', 'decoder']));
    expect(turn(2).terms).toEqual(turn(0).terms);
  });

  it('tells the decoder the category: another one is another image of the same code', () => {
    expect(turn(1).terms.reconstruction).not.toBe(turn(1, { shift: 1 }).terms.reconstruction);
  });

  it('hides the category more and more', () => {
    const weights = [0, 1, 2, 3].map((epoch) => {
      const { value, terms } = turn(1, { epoch, params: { adversarialWeight: 0.3, warmUpEpochs: 3 } });
      return (value - terms.reconstruction) / terms.adversarial;
    });
    [0.1, 0.2, 0.3, 0.3].forEach((weight, epoch) => expect(weights[epoch]).toBeCloseTo(weight, 4));
  });
});
