/** What `startTelemetry` has switched on; read on every call, so kept as plain as can be. */
export const telemetryState = { traces: false, metrics: false };
