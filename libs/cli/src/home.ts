import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where a local installation keeps its state: runs, artifacts, logs and sockets. */
export interface Home {
  readonly folder: string;
  readonly stateUrl: string;
  readonly artifactsUrl: string;
  readonly logFolder: string;
  /** Short, since the path of a Unix socket may only have about 100 characters. */
  readonly socketFolder: string;
  /** Address of the orchestrator that works in this home. */
  readonly orchestratorAddress: string;
}

/** `--home`, else `LYCEUM_HOME`, else `.lyceum` in the current folder. */
export function openHome(given: string | undefined): Home {
  const folder = resolve(given ?? process.env.LYCEUM_HOME ?? '.lyceum');
  const short = createHash('sha256').update(folder).digest('hex').slice(0, 10);
  const socketFolder = join(tmpdir(), `lyceum-${process.getuid?.() ?? 0}-${short}`);
  mkdirSync(folder, { recursive: true });
  mkdirSync(socketFolder, { recursive: true, mode: 0o700 });
  return {
    folder,
    stateUrl: `pglite://${join(folder, 'state')}`,
    artifactsUrl: `file://${join(folder, 'artifacts')}`,
    logFolder: join(folder, 'logs'),
    socketFolder,
    orchestratorAddress: `unix:${join(socketFolder, 'orchestrator.sock')}`,
  };
}
