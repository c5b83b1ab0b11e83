import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface SpawnOptions {
  /** @default this Node */
  readonly program?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
  /** How long it may take to end in order before it is ended by force. @default 10 s */
  readonly graceMs?: number;
}

/** A process of ours: what it wrote is kept, and it never outlives its owner. */
export class RunningProcess implements AsyncDisposable {
  readonly ended: Promise<Ending>;
  private written = '';
  private output = '';

  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
    private readonly graceMs: number,
  ) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.written += text;
      this.output += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.written += text));
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
    this.ended.catch(() => undefined);
  }

  /** Starts one; it ends by itself when the process that runs the tests is gone. */
  static spawn(name: string, args: readonly string[], options: SpawnOptions = {}): RunningProcess {
    const { program, environment = {}, folder, graceMs = 10_000 } = options;
    const own = program === undefined ? ['--enable-source-maps', ...args] : args;
    const child = spawn(program ?? process.execPath, own, {
      cwd: folder,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, LYCEUM_EXIT_WITH_PARENT: '1', ...environment },
    });
    return new RunningProcess(name, child, graceMs);
  }

  get pid(): number {
    const { pid } = this.child;
    if (pid === undefined) throw new Error(`${this.name} was not started`);
    return pid;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Everything it wrote, to both streams. */
  get log(): string {
    return this.written;
  }

  /** What it wrote to standard output. */
  get stdout(): string {
    return this.output;
  }

  /** Waits for a line of its log; fails when it ends before, with what it wrote. */
  async says(pattern: RegExp, timeoutMs = 60_000): Promise<RegExpExecArray> {
    const until = Date.now() + timeoutMs;
    while (Date.now() < until) {
      const found = pattern.exec(this.written);
      if (found !== null) return found;
      if (!this.isRunning) {
        await this.ended;
        throw new Error(`${this.name} ended before it said ${pattern}:\n${this.written}`);
      }
      await pause(20);
    }
    throw new Error(`${this.name} did not say ${pattern} in ${timeoutMs} ms:\n${this.written}`);
  }

  /** Ends it without a chance to tidy up. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** Ends it in order; by force when that takes too long. */
  async stop(): Promise<Ending> {
    if (this.isRunning) {
      this.child.kill('SIGTERM');
      const force = setTimeout(() => this.child.kill('SIGKILL'), this.graceMs);
      await this.ended;
      clearTimeout(force);
    }
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
