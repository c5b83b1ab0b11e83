import { startEngine, tf } from '@lyceum/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { combineKeys, sourceWeights } from './combine-keys.js';

beforeAll(() => startEngine({ backend: 'js' }));

/** Two sources, three samples, two classes. Likelihoods of the label: 3/4 and 1/4; 1/2 and 1/2; 1/10 and 9/10. */
const odds = (...rows: [number, number][]) => tf.tensor2d(rows.map((row) => row.map(Math.log)));
const logits = () => [odds([3, 1], [1, 1], [9, 1]), odds([1, 3], [7, 7], [1, 9])];
const labels = () => tf.tensor1d([0, 1, 1], 'int32');

function weights(rule: Parameters<typeof sourceWeights>[0]): number[][] {
  return sourceWeights(rule, { count: 2, logits: logits(), labels: labels() }).arraySync();
}

describe('weights of several sources', () => {
  it('are equal for an average, which reads no logits', () => {
    const found = sourceWeights('average', { count: 4, logits: [], labels: labels() });
    expect(found.arraySync()).toEqual(Array.from({ length: 3 }, () => [0.25, 0.25, 0.25, 0.25]));
  });

  it('are the shares of the likelihoods at temperature 1, sharper below and flatter above', () => {
    const expected = [[0.75, 0.25], [0.5, 0.5], [0.1, 0.9]]; // prettier-ignore
    weights('attention')
      .flat()
      .forEach((value, i) => expect(value).toBeCloseTo(expected.flat()[i], 5));
    expect(weights({ name: 'attention', temperature: 0.5 })[0][0]).toBeCloseTo(9 / 10, 5);
    expect(weights({ name: 'attention', temperature: 2 })[0][0]).toBeCloseTo(
      Math.sqrt(3) / (1 + Math.sqrt(3)),
      5,
    );
  });

  it('choose the source that knows the label best, the first of equals', () => {
    expect(weights('choice')).toEqual([[1, 0], [1, 0], [0, 1]]); // prettier-ignore
  });

  it('stay finite where a source is certain of something else', () => {
    const sure = [tf.tensor2d([[500, -500]]), tf.tensor2d([[-500, 500]])];
    const label = tf.tensor1d([1], 'int32');
    const found = sourceWeights('attention', { count: 2, logits: sure, labels: label }).arraySync();
    expect(found).toEqual([[0, 1]]);
  });
});

describe('combined keys', () => {
  it('are weighted sample by sample, whatever their rank', () => {
    const source = (value: number) => ({
      logits: tf.fill([2, 3], value),
      map: tf.fill([2, 1, 2, 1], value),
    });
    const combined = combineKeys([source(1), source(5)], tf.tensor2d([[0.5, 0.5], [1, 0]])); // prettier-ignore
    expect(combined.logits.arraySync()).toEqual([[3, 3, 3], [1, 1, 1]]); // prettier-ignore
    expect(combined.map.arraySync()).toEqual([[[[3], [3]]], [[[1], [1]]]]);
  });
});
