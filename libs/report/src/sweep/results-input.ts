import type { SweepRow } from './sweep-rows.js';

/** All that a page of results is made of. */
export interface ResultsInput {
  readonly rows: readonly SweepRow[];
  /** The command that made it. */
  readonly command: string;
  /** What was changed in every recipe, for people: "epochs 1"; empty for the recipes as they are. */
  readonly changes: readonly string[];
  /** What it was computed with, texts by name. */
  readonly environment: Readonly<Record<string, string>>;
}
