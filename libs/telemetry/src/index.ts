export { startTelemetry, type Telemetry, type TelemetryOptions } from './start-telemetry.js';
export { logger, type Logger } from './logger.js';
export { exitOnFault } from './exit-on-fault.js';
export { continueTrace, currentTraceParent, isObserving, openSpan, withSpan } from './spans.js';
export type { Attributes, OpenSpan, SpanOptions } from './spans.js';
export { StepTraces } from './step-traces.js';
export { record, secondsSince } from './metrics.js';
export { metricsPage, metricTable, type MetricName, type MetricRow } from './metric-table.js';
