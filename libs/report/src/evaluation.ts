import type { ArtifactStore } from '@lyceum/artifacts';
import type { Run } from '@lyceum/contracts/orchestrator';
import { LyceumError } from '@lyceum/errors';
import { z } from 'zod';

const count = z.int().min(0);

const evaluationSchema = z
  .object({
    accuracy: z.number().min(0).max(1),
    // JSON has no NaN: a diverged network's loss comes as null.
    loss: z
      .number()
      .nullable()
      .transform((loss) => loss ?? Number.NaN),
    sampleCount: count,
    classes: z.array(z.string()).min(1),
    confusion: z.array(z.array(count)),
    predictions: z.array(count),
    attention: z
      .array(
        z
          .object({
            tap: z.string(),
            shape: z.tuple([count, count, count]),
            samples: z.array(z.array(z.number())),
          })
          .refine(({ shape: [h, w, k], samples }) => samples.every(({ length }) => length === h * w * k), {
            path: ['samples'],
            message: 'need one number for each place of each map',
          }),
      )
      .optional(),
  })
  .refine(({ sampleCount, predictions }) => predictions.length === sampleCount, {
    path: ['predictions'],
    message: 'needs one prediction for each sample',
  })
  .refine(
    ({ classes, confusion }) => [confusion, ...confusion].every((row) => row.length === classes.length),
    {
      path: ['confusion'],
      message: 'needs a row and a column for each class',
    },
  );

/** How a trained network does on the test split. */
export interface Evaluation {
  /** Share of the test samples classified rightly, 0 to 1. */
  readonly accuracy: number;
  /** Mean cross entropy in nats. */
  readonly loss: number;
  readonly sampleCount: number;
  readonly classes: readonly string[];
  /** `confusion[actual][predicted]` counts. */
  readonly confusion: readonly (readonly number[])[];
  /** Predicted class of each test sample, in the data set's order. */
  readonly predictions: readonly number[];
  /** Where the network looks in the first test samples; absent unless it tells. */
  readonly attention?: readonly AttentionMaps[] | undefined;
}

/** What one of a network's taps of attention shows of the first test samples. */
export interface AttentionMaps {
  readonly tap: string;
  /** `[h, w, k]`, of k maps. */
  readonly shape: readonly [number, number, number];
  /** Of each sample, `h w k` numbers, row by row. */
  readonly samples: readonly (readonly number[])[];
}

/**
 * Reads the evaluations that a run's tasks have written so far.
 * @throws LyceumError CORRUPT_FILE for one that cannot be read as an evaluation.
 */
export async function readEvaluations(
  artifacts: ArtifactStore,
  run: Run,
): Promise<Record<string, Evaluation>> {
  const written = run.tasks.filter((task) => task.artifacts.evaluation);
  const read = written.map(async (task) => {
    const key = `${run.name}/${task.artifacts.evaluation}`;
    return [task.name, parseEvaluation(key, await artifacts.get(key))] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

function parseEvaluation(key: string, bytes: Uint8Array): Evaluation {
  try {
    return evaluationSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    const why =
      cause instanceof z.ZodError ? z.prettifyError(cause).replaceAll('\n', ' ') : (cause as Error).message;
    throw new LyceumError('CORRUPT_FILE', `${key}: not an evaluation: ${why}`, { cause });
  }
}
