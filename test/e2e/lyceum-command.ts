import type { Run, RunEvent } from '@lyceum/contracts/orchestrator';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Ending, RunningProcess } from '../processes/running-process.js';
import type { Scope } from '../processes/scope.js';

const entry = fileURLToPath(new URL('../../libs/cli/bin/lyceum.js', import.meta.url));

export interface Finished extends Ending {
  readonly stdout: string;
  readonly log: string;
}

/** The `lyceum` command in a home of its own. */
export class LyceumCommand {
  readonly home: string;

  constructor(
    private readonly scope: Scope,
    name: string,
    /** Settings of all its processes. */
    private readonly environment: Readonly<Record<string, string>> = {},
  ) {
    this.home = join(scope.folder, name);
  }

  /** Starts a command. Its sockets lie in the scope's folder too. */
  start(...args: readonly string[]): RunningProcess {
    const environment = { ...this.environment, TMPDIR: this.scope.folder };
    return this.scope.spawn('lyceum', [entry, '--home', this.home, ...args], {
      environment,
      graceMs: 20_000,
    });
  }

  /** Runs a command to its end. */
  async run(...args: readonly string[]): Promise<Finished> {
    const process = this.start(...args);
    return { ...(await process.ended), stdout: process.stdout, log: process.log };
  }

  /** A run with all that happened in it, as `runs show --json` tells. */
  async show(run: string): Promise<{ run: Run; events: RunEvent[] }> {
    const { code, stdout, log } = await this.run('--json', 'runs', 'show', run);
    if (code !== 0) throw new Error(`lyceum runs show ${run}: ${log}`);
    return JSON.parse(stdout) as { run: Run; events: RunEvent[] };
  }
}

/** Flags of every run here: one compute thread, so that figures are the same on every machine. */
export const oneThread = ['--threads', '1'];

/** The run that a command says it works on. */
export async function runNameOf(process: RunningProcess): Promise<string> {
  const [, name] = await process.says(/^(?:goes on with )?run (\S+)$/m);
  return name;
}

/** Digests of the trained weights by task. */
export function digestsOf(run: Run): Record<string, string> {
  const entries = run.tasks.map(({ name, artifacts }) => [name, artifacts.weightsDigest] as const);
  return Object.fromEntries(entries.filter(([, digest]) => digest !== undefined));
}
