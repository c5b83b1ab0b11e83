import type { EncodingName } from './encodings.js';

/** Encodings that round each number of a key. */
export type RoundingName = Exclude<EncodingName, 'top-k'>;

/** What FP16 keys may do to value and gradients, relatively: it keeps 11 significant bits. */
const halfBound = 2e-2;

/**
 * What keys in each encoding may do to value and gradients, relatively. To first order an error grows as the step that
 * keys are rounded by. BF16 keeps 8 significant bits, 3 fewer than FP16, so its step is 8 times as large. INT8 has one
 * step for a row, a 127th of its largest number, where FP16's shrinks with the number: over numbers that are spread
 * evenly the mean square of its rounding is that of a step 18 to 21 times FP16's. It is held to 16.
 */
export const roundingBounds: Readonly<Record<RoundingName, number>> = {
  fp16: halfBound,
  bf16: 8 * halfBound,
  int8: 16 * halfBound,
};

const equal =
  'student and teacher are equal, so the derivative is 0; the rounded key is not, so it is -1 or 1';
const relus = 'the key, or what is made of it, crosses the 0 of a ReLU';

/**
 * Where rounding a key crosses a kink: the derivative jumps, and no bound on the key's error bounds the gradient's. Each
 * with the reason; the lists are exact.
 */
export const kinks: Readonly<Record<RoundingName, Readonly<Record<string, string>>>> = {
  fp16: { 'l1/edge-equal-and-zero/grads.student.logits': equal },
  bf16: {
    'l1/edge-equal-and-zero/grads.student.logits': equal,
    'mimkd/three-levels/grads.student.layer2': relus,
  },
  int8: {
    'l1/edge-equal-and-zero/grads.student.logits': equal,
    'mimkd/three-levels/grads.student.layer1': relus,
    'ofd/edge-boundaries/grads.student.layer1':
      'a target just above 0 is rounded to 0, and asks only that the student be not above it',
    'sokd/bridge-module/grads.weights.bridge.block0.bn1.gamma': relus,
    'sokd/bridge-module/grads.weights.bridge.block0.bn2.beta': relus,
  },
};
