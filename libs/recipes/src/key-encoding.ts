import { nearestNames } from '@lyceum/errors';
import { z } from 'zod';

/** How the key of a loss may cross the wire. */
const keyEncodings = ['fp32', 'fp16', 'bf16', 'int8', 'top-k'] as const;

/** The element types that need no knowledge of the key. */
export const keyDtypes = z
  .enum(['fp32', 'fp16', 'bf16'])
  .default('fp32')
  .describe('element type of the keys on the wire');

/** Fields of a loss that say how its keys are sent. */
export const keyEncodingFields = {
  encoding: z
    .enum(keyEncodings, { error: ({ input }) => unknownEncoding(input) })
    .optional()
    .describe(
      "how teachers send this loss's key: int8 has a scale a row, top-k the largest logits and the mass of the rest; " +
        "default: the teacher's `dtype`",
    ),
  topK: z
    .int()
    .min(1)
    .optional()
    .describe('of `encoding: top-k`: how many logits of a sample, fewer than there are classes; default 8'),
};

function unknownEncoding(input: unknown): string {
  const [near] = typeof input === 'string' ? nearestNames(input, keyEncodings) : [];
  const advice = near === undefined ? '' : ` (did you mean "${near}"?)`;
  return `must be ${keyEncodings.slice(0, -1).join(', ')} or ${keyEncodings.at(-1)}${advice}`;
}
