import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { RunningProcess, type SpawnOptions } from './running-process.js';

/** Owns processes and a temporary folder; everything is ended in the reverse order of its start. */
export class Scope implements AsyncDisposable {
  private readonly endings: (() => Promise<unknown> | void)[] = [];
  private readonly processes: { readonly process: RunningProcess; shown: number }[] = [];
  private made: string | undefined;
  private count = 0;

  /** A folder of this scope's own, with a short path, since those of sockets are limited. */
  get folder(): string {
    if (this.made === undefined) {
      const folder = mkdtempSync(join(tmpdir(), 'lyceum-test-'));
      this.made = folder;
      this.endings.unshift(() => rmSync(folder, { recursive: true, force: true }));
    }
    return this.made;
  }

  /** An address to listen on that nobody else uses. */
  newSocket(name: string): string {
    this.count += 1;
    return `unix:${join(this.folder, `${name}-${this.count}.sock`)}`;
  }

  spawn(name: string, args: readonly string[], options?: SpawnOptions): RunningProcess {
    const started = RunningProcess.spawn(name, args, options);
    this.processes.push({ process: started, shown: 0 });
    this.defer(() => started.stop());
    return started;
  }

  /** Does something at the end. */
  defer(ending: () => Promise<unknown> | void): void {
    this.endings.push(ending);
  }

  /** The ends of all logs since the last time, for a test that failed. */
  newLogs(): string {
    const texts = this.processes.flatMap((entry) => {
      const { name, log } = entry.process;
      const text = log.slice(entry.shown).slice(-6000);
      entry.shown = log.length;
      return text === '' ? [] : [`--- ${name} ---\n${text}`];
    });
    return texts.join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const ending of this.endings.splice(0).reverse()) await ending();
  }
}

/** A scope for all tests of a file; the logs of its processes are shown when one of them fails. */
export function fileScope(): Scope {
  const scope = new Scope();
  afterEach(({ task }) => {
    if (task.result?.state !== 'fail') return;
    const logs = scope.newLogs();
    if (logs !== '') console.error(`logs after "${task.name}":\n${logs}`);
  });
  afterAll(() => scope[Symbol.asyncDispose]());
  return scope;
}
