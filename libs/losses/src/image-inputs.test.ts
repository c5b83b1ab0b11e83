import { describe, expect, it } from 'vitest';
import { checkImages, imageNames } from './image-inputs.js';
import { findLoss } from './registry.js';
import { settingOf } from './setting.js';

const module = findLoss('pixel-distillation');

const setting = (params: Record<string, unknown>) =>
  settingOf(module, {
    params,
    studentShapes: { logits: [3], layer1: [4, 4, 2] },
    teacherShapes: { logits: [3] },
  });

describe('the images that a loss reads', () => {
  it('are given by the name that it has for them', () => {
    const fitting = setting({ cropSize: 8, imageChannels: 1 });
    expect(imageNames(module, 'value', [8, 8, 1], fitting)).toEqual(['images.large']);
    expect(imageNames(module, 'key', [8, 8, 1], fitting)).toEqual([]);
    expect(() => checkImages(module, fitting, [8, 8, 1])).not.toThrow();
  });

  it('are refused, and left out, when they are of another size', () => {
    const larger = setting({ cropSize: 16, imageChannels: 1 });
    expect(imageNames(module, 'value', [8, 8, 1], larger)).toEqual([]);
    expect(() => checkImages(module, larger, [8, 8, 1])).toThrow(
      'params: "pixel-distillation" needs "images.large" of [16, 16, 1], the images are [8, 8, 1]',
    );
  });

  it('do not matter when its parameters make them superfluous', () => {
    const without = setting({ eta: 0, cropSize: 16 });
    expect(imageNames(module, 'value', [8, 8, 1], without)).toEqual([]);
    expect(imageNames(module, 'value', [16, 16, 3], without)).toEqual([]);
    expect(() => checkImages(module, without, [8, 8, 1])).not.toThrow();
  });
});
