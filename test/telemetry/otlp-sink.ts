import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Scope } from '../processes/scope.js';

export type AttributeValue = string | number | boolean | readonly string[];
export type SentAttributes = Readonly<Record<string, AttributeValue>>;

export interface SentSpan {
  readonly service: string;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client';
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly attributes: SentAttributes;
  readonly failure: string;
}

export interface SentMetric {
  readonly service: string;
  readonly name: string;
  readonly unit: string;
  readonly kind: 'counter' | 'histogram' | 'gauge';
  /** Of each of its points. */
  readonly attributes: readonly SentAttributes[];
}

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Resource {
  readonly resource: { readonly attributes: readonly KeyValue[] };
}

interface Points {
  readonly dataPoints: readonly { readonly attributes?: readonly KeyValue[] }[];
}

interface TracesJson {
  readonly resourceSpans: readonly (Resource & {
    readonly scopeSpans: readonly { readonly spans: readonly SpanJson[] }[];
  })[];
}

interface SpanJson {
  readonly name: string;
  readonly kind: 1 | 2 | 3;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes?: readonly KeyValue[];
  readonly status?: { readonly message?: string };
}

interface MetricsJson {
  readonly resourceMetrics: readonly (Resource & {
    readonly scopeMetrics: readonly { readonly metrics: readonly MetricJson[] }[];
  })[];
}

interface MetricJson {
  readonly name: string;
  readonly unit?: string;
  readonly sum?: Points;
  readonly histogram?: Points;
  readonly gauge?: Points;
}

/** What a collector forwards as OTLP in JSON over HTTP. */
export class OtlpSink {
  readonly spans: SentSpan[] = [];
  readonly metrics: SentMetric[] = [];
  /** Attributes of each process that sent something, by service. */
  readonly resources = new Map<string, SentAttributes>();
  /** Everything that came, word by word. */
  received = '';

  private constructor(readonly endpoint: string) {}

  static async start(scope: Scope): Promise<OtlpSink> {
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        sink.take(request.url ?? '', body);
        response.setHeader('content-type', 'application/json').end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const sink = new OtlpSink(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    scope.defer(() => {
      server.closeAllConnections();
      server.close();
    });
    return sink;
  }

  private take(url: string, body: string): void {
    this.received += body;
    if (url === '/v1/traces') this.takeTraces(JSON.parse(body) as TracesJson);
    else if (url === '/v1/metrics') this.takeMetrics(JSON.parse(body) as MetricsJson);
    else throw new Error(`nothing is expected at ${url}`);
  }

  private takeTraces({ resourceSpans }: TracesJson): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = this.sender(resource);
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
        const { name, traceId, spanId, parentSpanId = '', kind, status } = span;
        this.spans.push({
          ...{ service, name, traceId, spanId, parentSpanId },
          kind: kindNames[kind],
          attributes: plain(span.attributes),
          failure: status?.message ?? '',
        });
      }
    }
  }

  private takeMetrics({ resourceMetrics }: MetricsJson): void {
    for (const { resource, scopeMetrics } of resourceMetrics) {
      const service = this.sender(resource);
      for (const { name, unit = '', sum, histogram, gauge } of scopeMetrics.flatMap(
        ({ metrics }) => metrics,
      )) {
        const kind = sum ? 'counter' : histogram ? 'histogram' : 'gauge';
        const points = (sum ?? histogram ?? gauge)?.dataPoints ?? [];
        const attributes = points.map((point) => plain(point.attributes));
        this.metrics.push({ service, name, unit, kind, attributes });
      }
    }
  }

  private sender({ attributes }: Resource['resource']): string {
    const found = plain(attributes);
    const service = String(found['service.name']);
    this.resources.set(service, found);
    return service;
  }
}

const kindNames = { 1: 'internal', 2: 'server', 3: 'client' } as const;

function plain(attributes: readonly KeyValue[] = []): SentAttributes {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]));
}

/** Whole numbers come as strings. */
function valueOf(value: KeyValue['value']): AttributeValue {
  if (value.intValue !== undefined) return Number(value.intValue);
  return Object.values(value)[0] as AttributeValue;
}
