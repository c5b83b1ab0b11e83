import { startEngine, tf } from '@lyceum/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildModel, parameterNamesOfPart, type Model } from './index.js';

let model: Model;

beforeAll(async () => {
  await startEngine({ backend: 'js' });
  model = buildModel({ architecture: 'resnet8', classCount: 3, inputShape: [8, 8, 1] }, 1);
});
afterAll(() => model.dispose());

/** Moving statistics that a training step changes. */
function moved(frozenParts: readonly string[]): string[] {
  const statistics = model.parameters.filter(({ kind }) => kind === 'bn-mean' || kind === 'bn-variance');
  const before = statistics.map(({ variable }) => [...variable.dataSync()]);
  tf.tidy(() => {
    const images = tf.randomUniform<tf.Rank.R4>([4, 8, 8, 1], 0, 1, 'float32', 5);
    model.forward(images, ['logits'], { training: true, frozenParts });
  });
  return statistics
    .filter(({ variable }, i) => [...variable.dataSync()].join() !== before[i].join())
    .map(({ name }) => name);
}

describe('a part that stays as it is', () => {
  it('may be a batch norm by itself', () => {
    expect(moved([])).toContain('bn1.running_mean');
    expect(moved(['bn1']).filter((name) => name.startsWith('bn1.'))).toEqual([]);
    expect(moved(['bn1'])).toContain('layer1.0.bn1.running_mean');
  });

  it('is not one whose name only starts alike', () => {
    expect(moved(['layer1.0.bn'])).toContain('layer1.0.bn1.running_mean');
    expect(parameterNamesOfPart(model, 'bn1')).toHaveLength(4);
  });

  it('can be the whole network', () => {
    const parts = [...new Set(model.parameters.map(({ name }) => name.split('.')[0]))];
    expect(parts).toEqual(['conv1', 'bn1', 'layer1', 'layer2', 'layer3', 'fc']);
    expect(moved(parts)).toEqual([]);
  });
});
