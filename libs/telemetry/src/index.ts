export { logger, type Logger } from './logger.js';
export { startTelemetry, type Telemetry, type TelemetryOptions } from './start-telemetry.js';
