import { losses } from '@lyceum/losses';
import { describe, expect, it } from 'vitest';
import { lossFigures, usualPair } from './loss-figures.js';

describe('what a loss costs between two networks', () => {
  it('is known for every loss of the registry, and no key is larger than the taps it is made of', async () => {
    for (const [id, module] of losses) {
      const figures = await lossFigures(id);
      expect(figures.key.length > 0, id).toBe(module.teacher.length > 0);
      expect(figures.keyBytesPerSample, id).toBeLessThanOrEqual(figures.rawBytesPerSample);
      // A loss that may train something need not do so with its default parameters.
      if (module.adapters === undefined) expect(figures.adapters, id).toEqual([]);
      if (module.state === undefined) expect(figures.state, id).toEqual([]);
    }
  });

  it('counts an attention map for a feature map', async () => {
    expect(await lossFigures('at')).toMatchObject({
      studentTaps: { layer1: 'f1', layer2: 'f2', layer3: 'f3' },
      teacherTaps: { layer1: 'f1', layer2: 'f2', layer3: 'f3' },
      sources: ['teacher'],
      key: [
        { name: 'layer1.attention', shape: ['N', 1024] },
        { name: 'layer2.attention', shape: ['N', 256] },
        { name: 'layer3.attention', shape: ['N', 64] },
      ],
      keyBytesPerSample: 4 * (32 * 32 + 16 * 16 + 8 * 8),
      rawBytesPerSample: 4 * (32 * 32 * 64 + 16 * 16 * 128 + 8 * 8 * 256),
      adapterParameterCount: 0,
      stateBytes: 0,
    });
  });

  it('knows which sizes of a key follow the batch', async () => {
    const figures = await lossFigures('sp', { ...usualPair, batchSize: 32 });
    expect(figures.key).toMatchObject([{ name: 'layer1.gram', shape: ['N', 'N'] }]);
    expect(figures.keyBytesPerSample).toBe(4 * 32);
  });

  it('counts what is trained beside the student, and a memory bank by the number of samples', async () => {
    const { adapters, adapterParameterCount, stateBytes } = await lossFigures('crd', {
      ...usualPair,
      sampleCount: 1000,
    });
    expect(adapters).toContainEqual({ name: 'embedS.kernel', shape: [256, 128] });
    expect(adapterParameterCount).toBe(2 * (256 * 128 + 128));
    expect(stateBytes).toBe(4 * (2 * 1000 * 128 + 2));
  });

  it('gives the keys of every teacher of a loss that needs two', async () => {
    const { sources, key } = await lossFigures('liaad');
    expect(sources).toEqual(['teacherId', 'teacherAge']);
    expect(new Set(key.map(({ source }) => source))).toEqual(new Set(sources));
  });

  it('refuses an unknown architecture and networks that the loss cannot join', async () => {
    await expect(lossFigures('kd', { ...usualPair, teacher: 'resnet32x5' })).rejects.toThrow('resnet32x4');
    await expect(lossFigures('fsp', { ...usualPair, student: 'resnet20' })).rejects.toMatchObject({
      reason: 'TAPS_DO_NOT_MATCH',
    });
  });
});
