import { fileURLToPath } from 'node:url';
import { provideTool, type Provided } from '../tools/provide-tool.js';

const version = 'v0.165.0';

/** The OpenTelemetry collector, built from the Go proxy with the few parts that are needed. */
export function provideCollector(): Promise<Provided> {
  const parts = fileURLToPath(new URL('collector-parts.yaml', import.meta.url));
  return provideTool(`otel-collector-${version}`, (folder) => [
    {
      program: 'go',
      args: [
        ...['run', `go.opentelemetry.io/collector/cmd/builder@${version}`],
        ...['--config', parts, '--ldflags', '-s -w'],
      ],
      environment: { CGO_ENABLED: '0', 'dist.output_path': folder },
    },
  ]);
}
