import { loadDataSet } from '@lyceum/data';
import { startEngine } from '@lyceum/engine';
import { buildModel } from '@lyceum/models';
import { metricResults, type FeatureMetric } from '@lyceum/recipes';
import { beforeAll, describe, expect, it } from 'vitest';
import { madeTraining } from '../made-training.fixture.js';
import { measureFeatures } from './measure.js';

const knn: FeatureMetric = { name: 'knn', neighbours: [1, 3] };
const probe: FeatureMetric = { name: 'linear-probe', epochs: 20, learningRate: 0.1 };
const verification: FeatureMetric = { name: 'verification', falseAccepts: [0.1], pairs: 10_000 };
const all = [knn, probe, verification];

const nuisance = { name: 'rotation', bins: 2, degrees: 90, blur: 0, share: 0.5, seed: 1 } as const;
const name = 'synthetic:8x8x1/3';

const fresh = (classCount = 3) =>
  buildModel({ architecture: 'plain-cnn-2', classCount, inputShape: [8, 8, 1] }, 5);

beforeAll(async () => {
  await startEngine({ backend: 'js' });
});

describe('measuring features', () => {
  it('finds each sample nearest to itself where the test samples are the training samples', async () => {
    const data = await loadDataSet({ name, trainLimit: 300, testLimit: 6 });
    const { knn1, knn3 } = measureFeatures({ ...data, test: data.train }, fresh(), [knn]);
    expect(knn1).toBe(1);
    expect(knn3).toBeLessThanOrEqual(1);
  });

  it('gives every result that the metric promises, from 0 to 1, the same each time', async () => {
    const data = await loadDataSet({ name, trainLimit: 60, testLimit: 60, nuisance });
    const [results, again] = [1, 2].map(() => measureFeatures(data, fresh(), all));
    expect(Object.keys(results).sort()).toEqual(all.flatMap(metricResults).sort());
    for (const value of Object.values(results)) expect(Math.abs(value - 0.5)).toBeLessThanOrEqual(0.5);
    expect(again).toEqual(results);
    const plain = await loadDataSet({ name, trainLimit: 60, testLimit: 60 });
    expect(Object.keys(measureFeatures(plain, fresh(), [verification]))).toEqual(['verification10']);
  });

  it('tells a trained network from a random one, and from itself by another tap', async () => {
    const { training, data, model } = await madeTraining({ losses: '{ loss: ce }', epochs: 10 });
    const before = measureFeatures(data, fresh(), all);
    for (let step = 0; step < training.stepCount; step += 1) training.step(step, {});
    const after = measureFeatures(data, model, all);
    expect(after).not.toEqual(before);
    expect(measureFeatures(data, model, [{ ...verification, tap: 'f1' }])).not.toEqual(
      measureFeatures(data, model, [verification]),
    );
    training.dispose();
  });

  it('needs no sample of the classes that the network was trained on', async () => {
    const data = await loadDataSet({
      name: 'synthetic:8x8x1/5',
      trainLimit: 50,
      testLimit: 50,
      classes: [3, 4],
    });
    expect(measureFeatures(data, fresh(7), [knn]).knn1).toBeGreaterThan(0.5);
  });
});
