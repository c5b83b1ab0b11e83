// Writing a report.
export { writeJson, writeReport, type WrittenReport } from './write-report.js';
export type { ReportInput } from './report-input.js';
export type { ReportJson } from './summary/report-json.js';
export type { ResultRow, Role } from './summary/result-rows.js';
export type { Comparison } from './summary/comparison.js';

// The results of many recipes over several seeds.
export { writeResults } from './write-report.js';
export type { ResultsInput } from './sweep/results-input.js';
export { pairResultOf, type PairResult, type PairRow } from './sweep/pair-result.js';
export { sweepRows, type SweepOutcome, type SweepRecipe, type SweepRow } from './sweep/sweep-rows.js';
export { asksForReading, outcomeText, sweepColumns, tally } from './sweep/sweep-cells.js';

// What goes into it.
export { readEvaluations, type Evaluation } from './evaluation.js';
export { loadRunData } from './load-run-data.js';

// The result table alone, for a terminal.
export { summaryRows, summaryTable, type SummaryRows } from './summary/summary-table.js';
