/** What a metric is; `attributes` are the names that its points carry. */
export interface MetricRow {
  readonly kind: 'counter' | 'histogram' | 'gauge';
  /** UCUM: `s`, `By`, `1`, or `{thing}` for counts. */
  readonly unit: string;
  readonly description: string;
  readonly attributes: readonly string[];
}

/** Every metric of Lyceum; `docs/metrics.md` is made from it. */
export const metricTable = {
  'rpc.server.call.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Time from the arrival of a call with one answer to its status.',
    attributes: ['rpc.method', 'rpc.response.status_code'],
  },
  'rpc.client.call.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Time of a call with one answer as its caller sees it, attempts included.',
    attributes: ['rpc.method', 'rpc.response.status_code'],
  },
  'lyceum.rpc.server.message.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Time from the arrival of a batch or step on a stream to the last part of its answer.',
    attributes: ['rpc.method', 'error.type'],
  },
  'lyceum.rpc.client.message.duration': {
    kind: 'histogram',
    unit: 's',
    description:
      'Time from asking for a batch or step on a stream to the last part of its answer; includes waiting ahead of need.',
    attributes: ['rpc.method', 'error.type'],
  },
  'lyceum.rpc.sent': {
    kind: 'counter',
    unit: 'By',
    description: 'Bytes of messages sent on streams that carry tensors.',
    attributes: ['rpc.method'],
  },
  'lyceum.rpc.received': {
    kind: 'counter',
    unit: 'By',
    description: 'Bytes of messages received on streams that carry tensors.',
    attributes: ['rpc.method'],
  },
  'lyceum.teacher.batch.size': {
    kind: 'histogram',
    unit: '{sample}',
    description: 'Samples of a batch that a teacher was asked for.',
    attributes: ['lyceum.teacher', 'lyceum.cached'],
  },
  'lyceum.teacher.passes': {
    kind: 'counter',
    unit: '{pass}',
    description:
      'Forward passes that a teacher ran for batches; one serves all streams that follow the same batches.',
    attributes: ['lyceum.teacher'],
  },
  'lyceum.teacher.answers': {
    kind: 'counter',
    unit: '{answer}',
    description:
      'Batches that a teacher answered, by where the answer came from: `own-pass`, `joined-pass` (it ran for another stream), `memory` or `disk`.',
    attributes: ['lyceum.teacher', 'lyceum.source'],
  },
  'lyceum.teacher.forward.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Time in which a teacher computes the keys of a batch, waiting for its turn included.',
    attributes: ['lyceum.teacher'],
  },
  'lyceum.trainer.step.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Time of a training step: forward, losses, backward, optimizer.',
    attributes: ['lyceum.task'],
  },
  'lyceum.trainer.wait.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Time for which a step waited for its keys.',
    attributes: ['lyceum.task'],
  },
  'lyceum.trainer.samples': {
    kind: 'counter',
    unit: '{sample}',
    description: 'Samples trained on.',
    attributes: ['lyceum.task'],
  },
  'lyceum.trainer.loss': {
    kind: 'gauge',
    unit: '1',
    description: 'Total weighted loss of the newest step.',
    attributes: ['lyceum.task'],
  },
  'lyceum.trainer.accuracy': {
    kind: 'gauge',
    unit: '1',
    description: 'Share of the newest batch that the student classified rightly.',
    attributes: ['lyceum.task'],
  },
  'lyceum.loss.step.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Time in which the loss service computes value and gradients of a step.',
    attributes: [],
  },
  'lyceum.orchestrator.tasks': {
    kind: 'counter',
    unit: '{task}',
    description: 'Tasks that a worker reported as ended, by how.',
    attributes: ['lyceum.state'],
  },
} as const satisfies Record<string, MetricRow>;

export type MetricName = keyof typeof metricTable;

/** The page about the metrics, from the table. */
export function metricsPage(): string {
  const rows = Object.entries(metricTable).map(
    ([name, { kind, unit, description, attributes }]) =>
      `| \`${name}\` | ${kind} | \`${unit}\` | ${description} | ${attributes.map((one) => `\`${one}\``).join(', ')} |`,
  );
  return [
    '# Metrics',
    '',
    '<!-- Made from libs/telemetry/src/metric-table.ts by `node libs/telemetry/scripts/write-metrics-page.mjs`. -->',
    '',
    'Sent over OTLP when `OTEL_*` says where to, besides those of the Node.js runtime (event loop, garbage collection, heap).',
    '',
    '| name | kind | unit | what | attributes |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
