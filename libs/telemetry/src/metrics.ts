import { metrics, type Counter, type Gauge, type Histogram } from '@opentelemetry/api';
import { metricTable, type MetricName } from './metric-table.js';
import type { Attributes } from './spans.js';
import { telemetryState } from './telemetry-state.js';

type Instrument = (value: number, attributes: Attributes) => void;

const instruments = new Map<MetricName, Instrument>();

/** From half a millisecond to a minute; the SDK's own are made for milliseconds. */
const secondBuckets = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/**
 * Adds to a counter, or records a value of a histogram or gauge. Does nothing while telemetry is off.
 *
 * @example record('lyceum.trainer.samples', 64, { 'lyceum.task': task });
 */
export function record(name: MetricName, value: number, attributes: Attributes = {}): void {
  if (!telemetryState.metrics) return;
  const known = instruments.get(name);
  const instrument = known ?? create(name);
  if (known === undefined) instruments.set(name, instrument);
  instrument(value, attributes);
}

/** Seconds since `startedMs`, a value of `performance.now()`. */
export function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1000;
}

function create(name: MetricName): Instrument {
  const { kind, unit, description } = metricTable[name];
  const meter = metrics.getMeter('lyceum');
  if (kind === 'counter') {
    const counter: Counter = meter.createCounter(name, { unit, description });
    return (value, attributes) => counter.add(value, attributes);
  }
  if (kind === 'gauge') {
    const gauge: Gauge = meter.createGauge(name, { unit, description });
    return (value, attributes) => gauge.record(value, attributes);
  }
  const advice = unit === 's' ? { explicitBucketBoundaries: secondBuckets } : {};
  const histogram: Histogram = meter.createHistogram(name, { unit, description, advice });
  return (value, attributes) => histogram.record(value, attributes);
}
