import { describe, expect, it } from 'vitest';
import { keyNumbers } from './key-numbers.js';
import { findLoss } from './registry.js';

describe('the numbers of a key', () => {
  it.each([
    ['kd', 'logits', 'logits'],
    ['sokd', 'logits', 'logits'],
    ['sokd', 'layer2', 'any'],
    ['mse', 'layer2', 'any'],
    ['cwtm', 'confidence', 'any'],
    ['irg', 'logits', 'any'],
    ['ab', 'layer1.signs', 'whole'],
    ['sp', 'layer1', 'any'],
  ])('of %s/%s are %s', (loss, tensor, numbers) => {
    expect(keyNumbers(findLoss(loss), tensor)).toBe(numbers);
  });
});
