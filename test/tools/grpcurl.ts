import { join } from 'node:path';
import { provideTool, type Provided } from './provide-tool.js';
import { runTool, type ToolResult } from './run-tool.js';

const version = 'v1.9.4';

/** grpcurl, built from the Go proxy. */
export function provideGrpcurl(): Promise<Provided> {
  return provideTool(`grpcurl-${version}`, (folder) => [
    {
      program: 'go',
      args: [
        'install',
        '-trimpath',
        '-ldflags',
        `-s -w -X main.version=${version}`,
        `github.com/fullstorydev/grpcurl/cmd/grpcurl@${version}`,
      ],
      environment: { GOBIN: folder, CGO_ENABLED: '0' },
    },
  ]);
}

/** grpcurl against one server. */
export class Grpcurl {
  private readonly program: string;

  constructor(
    { folder }: { readonly folder: string },
    readonly address: string,
  ) {
    this.program = join(folder, 'grpcurl');
  }

  /** `list`, `list <service>` or `describe <symbol>`. */
  async ask(verb: 'list' | 'describe', symbol?: string): Promise<string> {
    const result = await this.run([], [verb, ...(symbol === undefined ? [] : [symbol])]);
    if (result.code !== 0) throw new Error(`grpcurl ${verb} ${symbol ?? ''}: ${result.stderr}`);
    return result.stdout;
  }

  /** Calls a method with one message, or with several on a stream; the answers. */
  async call(method: string, ...messages: readonly object[]): Promise<Record<string, unknown>[]> {
    const result = await this.tryCall(method, ...messages);
    if (result.code !== 0) throw new Error(`grpcurl ${method}: ${result.stderr}`);
    return parseDocuments(result.stdout);
  }

  /** Calls a method that may fail. */
  tryCall(method: string, ...messages: readonly object[]): Promise<ToolResult> {
    const input = messages.map((message) => JSON.stringify(message)).join('\n');
    return this.run(['-d', '@', '-max-time', '60'], [method], input);
  }

  private run(flags: readonly string[], words: readonly string[], input?: string): Promise<ToolResult> {
    const unix = this.address.startsWith('unix:');
    const target = unix ? this.address.slice('unix:'.length) : this.address;
    const all = ['-plaintext', ...(unix ? ['-unix'] : []), ...flags, target, ...words];
    return runTool(this.program, all, input === undefined ? {} : { input });
  }
}

/** The JSON documents that a stream of answers is printed as. */
function parseDocuments(text: string): Record<string, unknown>[] {
  return text
    .split(/\n(?=\{)/)
    .filter((document) => document.trim() !== '')
    .map((document) => JSON.parse(document) as Record<string, unknown>);
}
