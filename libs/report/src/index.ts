// Writing a report.
export { writeJson, writeReport, type WrittenReport } from './write-report.js';
export type { ReportInput } from './report-input.js';
export type { ReportJson } from './summary/report-json.js';
export type { ResultRow, Role } from './summary/result-rows.js';
export type { Comparison } from './summary/comparison.js';

// What goes into it.
export { readEvaluations, type Evaluation } from './evaluation.js';
export { loadRunData } from './load-run-data.js';

// The result table alone, for a terminal.
export { summaryRows, summaryTable, type SummaryRows } from './summary/summary-table.js';
