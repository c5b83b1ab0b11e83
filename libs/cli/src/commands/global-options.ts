import type { Command } from 'commander';
import { openHome, type Home } from '../home.js';

/** Options of every command. */
export interface GlobalOptions {
  readonly home: Home;
  readonly json: boolean;
}

export function globalOptions(command: Command): GlobalOptions {
  const { home, json } = command.optsWithGlobals<{ home?: string; json?: boolean }>();
  return { home: openHome(home), json: json ?? false };
}

/** One JSON document on standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
