/** What keys in half precision may do to value and gradients, relatively. */
export const halfBound = 2e-2;

/**
 * Where rounding a key to half precision crosses a kink: the derivative jumps, and no bound on the key's error bounds
 * the gradient's. Each with the reason; the list is exact.
 */
export const kinks: Readonly<Record<string, string>> = {
  'l1/edge-equal-and-zero/grads.student.logits':
    'student and teacher are equal, so the derivative is 0; the rounded key is not, so it is -1 or 1',
};
