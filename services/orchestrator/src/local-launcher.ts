import { LyceumError } from '@lyceum/errors';
import type { Logger } from '@lyceum/telemetry';
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A process to keep running. */
export interface ProcessSpec {
  /** Unique name; also the name of its log file. */
  readonly name: string;
  readonly service: 'student-trainer' | 'teacher-inference' | 'loss';
  readonly args: readonly string[];
}

export interface LauncherOptions {
  readonly logFolder: string;
  readonly logger: Logger;
  /** Called each time a process ends that was not told to. */
  readonly onCrash: (name: string, how: string, isGivenUp: boolean) => void;
}

interface Kept {
  readonly spec: ProcessSpec;
  child: ChildProcess | undefined;
  crashes: number;
  /** Whether another start is in vain. */
  isGivenUp: boolean;
  wanted: boolean;
  restart: NodeJS.Timeout | undefined;
}

/** How many crashes in a row, each within a minute of its start, end the attempts. */
const crashLimit = 5;
/** Exit code of a process that was given wrong settings or files: the next start would end the same way. */
const hopelessCode = 2;

/** Starts services as child processes, starts them again when they die, and stops them all at the end. */
export class LocalLauncher {
  private readonly processes = new Map<string, Kept>();

  constructor(private readonly options: LauncherOptions) {}

  /** Starts a process unless one of that name runs; throws, once, when it was given up, and then starts it anew. */
  ensure(spec: ProcessSpec): void {
    const known = this.processes.get(spec.name);
    if (known?.isGivenUp === true) {
      this.processes.delete(spec.name);
      throw this.gaveUp(known);
    }
    if (known !== undefined) return;
    const kept: Kept = {
      spec,
      child: undefined,
      crashes: 0,
      isGivenUp: false,
      wanted: true,
      restart: undefined,
    };
    this.processes.set(spec.name, kept);
    this.start(kept);
  }

  has(name: string): boolean {
    return this.processes.get(name)?.wanted === true;
  }

  pidOf(name: string): number | undefined {
    return this.processes.get(name)?.child?.pid;
  }

  names(): string[] {
    return [...this.processes.values()].filter((kept) => kept.wanted).map((kept) => kept.spec.name);
  }

  private start(kept: Kept): void {
    const { name, service, args } = kept.spec;
    const entry = fileURLToPath(new URL(`../../${service}/dist/main.js`, import.meta.url));
    const log = this.openLog(name);
    const started = Date.now();
    const child = spawn(process.execPath, ['--enable-source-maps', entry, ...args], {
      stdio: ['pipe', log, log],
      env: { ...process.env, LYCEUM_EXIT_WITH_PARENT: '1' },
    });
    if (typeof log === 'number') closeSync(log);
    kept.child = child;
    this.options.logger.info({ name, pid: child.pid }, 'process started');
    child.on('exit', (code, signal) => {
      kept.child = undefined;
      if (!kept.wanted) return;
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
      const isYoung = Date.now() - started < 60_000;
      kept.crashes = isYoung ? kept.crashes + 1 : 1;
      kept.isGivenUp = kept.crashes >= crashLimit || (isYoung && code === hopelessCode);
      const { crashes, isGivenUp } = kept;
      this.options.logger.warn({ name, how, crashes, isGivenUp }, 'process ended');
      this.options.onCrash(name, how, isGivenUp);
      if (isGivenUp) return;
      kept.restart = setTimeout(() => this.start(kept), Math.min(200 * 2 ** (kept.crashes - 1), 5000));
    });
  }

  private openLog(name: string): number | 'inherit' {
    const { logFolder } = this.options;
    if (logFolder === '') return 'inherit';
    mkdirSync(logFolder, { recursive: true });
    return openSync(this.logFile(name), 'a');
  }

  private logFile(name: string): string {
    return join(this.options.logFolder, `${name.replaceAll('/', '-')}.log`);
  }

  private gaveUp({ spec, crashes }: Kept): LyceumError {
    const { logFolder } = this.options;
    const message =
      crashes < crashLimit
        ? `process "${spec.name}" cannot start`
        : `process "${spec.name}" ended ${crashes} times in a row`;
    const metadata = { process: spec.name };
    if (logFolder === '') return new LyceumError('UNREACHABLE', message, { metadata });
    const file = this.logFile(spec.name);
    const text = `${message}: ${lastWords(file)}; its log is ${file}`;
    return new LyceumError('UNREACHABLE', text, { metadata });
  }

  /** Ends one process: politely first, by force after a while. */
  async stop(name: string): Promise<void> {
    const kept = this.processes.get(name);
    if (kept === undefined) return;
    kept.wanted = false;
    clearTimeout(kept.restart);
    this.processes.delete(name);
    const { child } = kept;
    if (child === undefined) return;
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => {
        this.options.logger.warn({ name, pid: child.pid }, 'process did not end in 8 s; ended by force');
        child.kill('SIGKILL');
      }, 8000);
      child.once('exit', () => {
        clearTimeout(force);
        resolve();
      });
      child.kill('SIGTERM');
    });
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.processes.keys()].map((name) => this.stop(name)));
  }
}

/** The end of a process's log, as a person would read it. */
function lastWords(file: string): string {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-3);
  try {
    return (JSON.parse(lines.at(-1) ?? '') as { msg: string }).msg;
  } catch {
    return lines.map((line) => line.trim()).join('; ');
  }
}
