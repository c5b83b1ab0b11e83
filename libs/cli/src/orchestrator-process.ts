import { LyceumError } from '@lyceum/errors';
import { waitForReady } from '@lyceum/rpc';
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Home } from './home.js';

export interface LocalOptions {
  readonly trainers?: number;
  readonly threads?: number;
  readonly backend?: string;
  /** Packages of losses that may be loaded, names or folders, separated by commas. */
  readonly lossPackages?: string;
  /** Further address to listen on, for other machines' clients. */
  readonly address?: string;
}

/** An orchestrator to talk to. */
export interface Orchestrator {
  readonly address: string;
  /** Ends it, when it was started here. */
  stop(): Promise<void>;
}

/** The orchestrator of a home: the one that runs, or one started for as long as this command takes. */
export async function findOrStart(home: Home, options: LocalOptions): Promise<Orchestrator> {
  if (await isServing(home.orchestratorAddress)) {
    return { address: home.orchestratorAddress, stop: async () => undefined };
  }
  return start(home, options);
}

/** Whether an orchestrator answers at an address. */
export async function isServing(address: string): Promise<boolean> {
  return waitForReady(address, { deadlineMs: 300 }).then(
    () => true,
    () => false,
  );
}

/** Starts an orchestrator as a child process and waits until it serves. */
export async function start(home: Home, options: LocalOptions, inherit = false): Promise<Orchestrator> {
  mkdirSync(home.logFolder, { recursive: true });
  const logFile = join(home.logFolder, 'orchestrator.log');
  const log = inherit ? ('inherit' as const) : openSync(logFile, 'a');
  const address = options.address ?? home.orchestratorAddress;
  const entry = fileURLToPath(new URL('../../../services/orchestrator/dist/main.js', import.meta.url));
  const flags = {
    address,
    'state-url': home.stateUrl,
    'artifacts-url': home.artifactsUrl,
    'socket-folder': home.socketFolder,
    'log-folder': home.logFolder,
    'trainer-count': options.trainers,
    'thread-count': options.threads,
    backend: options.backend,
    'loss-packages': options.lossPackages,
  };
  const args = Object.entries(flags).flatMap(([flag, value]) =>
    value === undefined ? [] : [`--${flag}`, String(value)],
  );
  const child = spawn(process.execPath, ['--enable-source-maps', entry, ...args], {
    stdio: ['pipe', log, log],
    // Its own process group: Ctrl-C reaches this command alone, which then stops it in order.
    detached: true,
    env: { ...process.env, LYCEUM_EXIT_WITH_PARENT: '1' },
  });
  if (typeof log === 'number') closeSync(log);
  const ended = new Promise<never>((_, reject) => {
    child.once('exit', (code, signal) => {
      const tail = inherit ? '' : `\n${lastLines(logFile)}`;
      reject(
        new LyceumError(
          'UNREACHABLE',
          `the orchestrator ended (${signal ?? `exit code ${code}`}); see ${logFile}${tail}`,
        ),
      );
    });
  });
  await Promise.race([waitForReady(address, { deadlineMs: 60_000 }), ended]);
  ended.catch(() => undefined);
  return { address, stop: () => stopChild(child) };
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    const force = setTimeout(() => child.kill('SIGKILL'), 15_000);
    child.once('exit', () => {
      clearTimeout(force);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-12).join('\n');
}
