import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

export interface ReceivedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly kind: number;
}

/** A receiver of OTLP over gRPC: what a collector would be sent. */
export interface OtlpReceiver {
  readonly endpoint: string;
  readonly spans: ReceivedSpan[];
  /** Names of metrics by service, as "service name unit". */
  readonly metrics: Set<string>;
  close(): void;
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const metrics = new Set<string>();
  const server = new Server();
  serve(server, 'trace.v1.TraceService', (resource) => {
    const service = serviceOf(resource);
    for (const scope of messages(resource, 2)) {
      for (const span of messages(scope, 2)) spans.push({ service, ...spanOf(span) });
    }
  });
  serve(server, 'metrics.v1.MetricsService', (resource) => {
    const service = serviceOf(resource);
    for (const scope of messages(resource, 2)) {
      for (const metric of messages(scope, 2))
        metrics.add(`${service} ${text(metric, 1)} ${text(metric, 3)}`);
    }
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { endpoint: `http://127.0.0.1:${port}`, spans, metrics, close: () => server.forceShutdown() };
}

function serve(server: Server, service: string, take: (resource: Uint8Array) => void): void {
  const raw = (bytes: Buffer) => bytes;
  const definition = {
    path: `/opentelemetry.proto.collector.${service}/Export`,
    requestStream: false,
    responseStream: false,
    requestSerialize: raw,
    requestDeserialize: raw,
    responseSerialize: raw,
    responseDeserialize: raw,
  };
  const handle = ({ request }: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) => {
    for (const resource of messages(request, 1)) take(resource);
    callback(null, Buffer.alloc(0));
  };
  server.addService({ export: definition }, { export: handle });
}

function serviceOf(resource: Uint8Array): string {
  const attributes = messages(resource, 1).flatMap((one) => messages(one, 1));
  const name = attributes.find((attribute) => text(attribute, 1) === 'service.name');
  return name === undefined ? '' : text(messages(name, 2)[0], 1);
}

function spanOf(span: Uint8Array): Omit<ReceivedSpan, 'service'> {
  const hex = (field: number) => Buffer.from(messages(span, field)[0] ?? []).toString('hex');
  return { name: text(span, 5), traceId: hex(1), spanId: hex(2), parentId: hex(4), kind: number(span, 6) };
}

/** The length-delimited values of one field. */
function messages(bytes: Uint8Array, wanted: number): Uint8Array[] {
  return fields(bytes, wanted).filter((value) => value instanceof Uint8Array);
}

function text(bytes: Uint8Array, wanted: number): string {
  return Buffer.from(messages(bytes, wanted)[0] ?? []).toString();
}

function number(bytes: Uint8Array, wanted: number): number {
  return Number(fields(bytes, wanted)[0] ?? 0);
}

function fields(bytes: Uint8Array, wanted: number): (Uint8Array | number)[] {
  const reader = new BinaryReader(bytes);
  const found: (Uint8Array | number)[] = [];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field !== wanted) reader.skip(type, field);
    else if (type === WireType.LengthDelimited) found.push(reader.bytes());
    else found.push(reader.int32());
  }
  return found;
}
