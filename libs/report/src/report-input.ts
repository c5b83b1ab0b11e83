import type { Run, RunEvent } from '@lyceum/contracts/orchestrator';
import type { LoadedData } from '@lyceum/data';
import type { Evaluation } from './evaluation.js';

/** All that a report is made of. Only `run` is needed; what is missing is said to be missing. */
export interface ReportInput {
  readonly run: Run;
  /** The run's events; those with numbers of steps give the curves. */
  readonly events?: readonly RunEvent[];
  /** Evaluations on the test split by task name. */
  readonly evaluations?: Readonly<Record<string, Evaluation>>;
  /** The data set as the run read it: for the pictures, and for the labels that a paired comparison needs. */
  readonly data?: LoadedData;
  /** What it ran on, in the order to be shown: `{ Engine: 'TensorFlow 2.18.0 on cpu, 2 threads', Node: 'v20.20.0' }`. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The command that runs the recipe again. */
  readonly command?: string;
}
