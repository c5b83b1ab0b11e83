import { loadDataSet, type LoadedData } from '@lyceum/data';
import { startEngine } from '@lyceum/engine';
import { buildModel, type Model } from '@lyceum/models';
import type { SelectTask } from '@lyceum/recipes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selectTaps } from './select-taps.js';

let data: LoadedData;
let network: Model;

beforeAll(async () => {
  await startEngine({ backend: 'js' });
  data = await loadDataSet({ name: 'synthetic:12x12x1/3', trainLimit: 40, testLimit: 5 });
  network = buildModel({ architecture: 'plain-cnn-4', classCount: 3, inputShape: data.shape }, 3);
});
afterAll(() => network.dispose());

const select = (change: Partial<SelectTask>) => {
  const names = { kind: 'select', stage: 'hints', task: 'hints' } as const;
  const data = {
    name: '',
    augmentation: { padCropPixels: 0, flip: false, cutoutPixels: 0, cutmixAlpha: 0 },
    views: 1,
  };
  const how = { points: 3, similarity: 'r2', samples: 30 } as const;
  return { ...names, data, network: { architecture: 'plain-cnn-4' }, ...how, ...change };
};
const layers = ['f1', 'f2.block1', 'f2', 'f3.block1', 'f3'];

describe('layers that are chosen for their difference', () => {
  it.each([1, 2, 3, 5])('are as many as are asked for: %i', (points) => {
    const { taps, layers: all, sampleCount } = selectTaps(select({ points }), data, network);
    expect(all).toEqual(layers);
    expect(taps).toHaveLength(points);
    expect(taps).toEqual(layers.filter((layer) => taps.includes(layer)));
    expect(sampleCount).toBe(30);
  });

  it.each(['r2', 'cka_linear', 'cka_rbf'] as const)('are the same each time, by %s', (similarity) => {
    const once = selectTaps(select({ similarity }), data, network);
    expect(selectTaps(select({ similarity }), data, network)).toEqual(once);
    expect(once.distances.map((row) => row.length)).toEqual([5, 5, 5, 5, 5]);
  });

  it('use all samples that there are where more are asked for', () => {
    expect(selectTaps(select({ samples: 5000 }), data, network).sampleCount).toBe(data.train.count);
  });

  it('need more samples than channels, by r2', () => {
    expect(() => selectTaps(select({ samples: 16 }), data, network)).toThrow(
      'samples: must be above the 16 channels of the widest layer',
    );
    expect(selectTaps(select({ samples: 16, similarity: 'cka_linear' }), data, network).taps).toHaveLength(3);
  });
});
