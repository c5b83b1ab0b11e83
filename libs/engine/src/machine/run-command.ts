import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Killed after this; default none. */
  readonly timeoutMs?: number;
  /** Each line of output as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface CommandResult {
  readonly ok: boolean;
  readonly stdout: string;
  /** Standard output and error together, as they came. */
  readonly output: string;
  /** Why it failed, in one line; empty when it did not. */
  readonly failure: string;
}

/** Runs a program to its end; a program that is missing or fails is an answer, never an exception. */
export function runCommand(
  file: string,
  args: readonly string[],
  { cwd, env, timeoutMs, onLine }: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let output = '';
    const take = (text: string): void => {
      output += text;
      if (onLine !== undefined) text.split('\n').forEach((line) => line.trim() !== '' && onLine(line));
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      take(text);
    });
    child.stderr.setEncoding('utf8').on('data', take);
    // Not spawn's own limit: its timer would outlive a program that is not there.
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    const end = (failure: string): void => {
      clearTimeout(timer);
      resolve({ ok: failure === '', stdout, output, failure });
    };
    child.on('error', (error) => end(`${file}: ${error.message}`));
    child.on('close', (code, signal) => {
      if (code === 0) end('');
      else
        end(
          `${file} ${signal === null ? `ended with code ${code}` : `was ended by ${signal}`}: ${lastLine(output)}`,
        );
    });
  });
}

function lastLine(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return (
    lines.findLast((line) => /error|not found|no such/i.test(line))?.trim() ??
    lines.at(-1)?.trim() ??
    'no output'
  );
}
