import { waitForReady } from '@lyceum/rpc';
import { fileURLToPath } from 'node:url';
import type { RunningProcess } from './running-process.js';
import type { Scope } from './scope.js';

export type ServiceName = 'teacher-inference' | 'loss' | 'orchestrator' | 'student-trainer';

/** A service in a process of its own. */
export interface Served {
  readonly address: string;
  readonly process: RunningProcess;
}

export interface ServiceOptions {
  readonly args?: readonly string[];
  /** Where it listens. @default a socket of its own; `127.0.0.1:0`: a port that the system chooses */
  readonly address?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The file that starts a service. */
export function entryOf(service: ServiceName): string {
  return fileURLToPath(new URL(`../../services/${service}/dist/main.js`, import.meta.url));
}

/** Starts a service without waiting for it. */
export function launch(scope: Scope, service: ServiceName, options: ServiceOptions = {}): RunningProcess {
  const { args = [], address = scope.newSocket(service), environment = {} } = options;
  return scope.spawn(service, [entryOf(service), '--address', address, ...args], { environment });
}

/** Starts a service and waits until it is serving. */
export async function serve(
  scope: Scope,
  service: ServiceName,
  options: ServiceOptions = {},
): Promise<Served> {
  const process = launch(scope, service, options);
  const [, address] = await process.says(/"address":"([^"]+)"/);
  const gone = process.ended.then(({ code, signal }) => {
    throw new Error(`${service} ended while starting (${signal ?? `exit code ${code}`}):\n${process.log}`);
  });
  gone.catch(() => undefined);
  await Promise.race([waitForReady(address, { deadlineMs: 90_000 }), gone]);
  return { address, process };
}
