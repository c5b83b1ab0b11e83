import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
const database = 'postgres';

/** A PostgreSQL server of one test run: own data folder, Unix socket only, gone afterwards. */
export interface PostgresServer {
  /** Makes an empty database and gives its URL. */
  createDatabase(name: string): Promise<string>;
  /** Ends every connection to a database, as a crash of the network would; returns how many. */
  dropConnections(name: string): Promise<number>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts Debian's PostgreSQL, as an unprivileged user when this process is root (the server refuses root). Installs
 * the package when it is missing and this process may. Undefined, with the reason on stderr, where there is none.
 */
export async function startPostgres(): Promise<PostgresServer | undefined> {
  const programs = (await findPrograms()) ?? (await installPrograms());
  if (programs === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'lyceum-postgres-'));
  const user = await unprivilegedUser();
  chmodSync(folder, 0o700);
  if (user) chownSync(folder, user.uid, user.gid);
  const as = user ? { uid: user.uid, gid: user.gid } : {};
  const data = join(folder, 'data');
  const initialize = ['-D', data, '-U', 'lyceum', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  await run(join(programs, 'initdb'), initialize, { ...as, cwd: folder });
  const options = [
    '-D',
    data,
    '-k',
    folder,
    '-c',
    'listen_addresses=',
    '-c',
    'fsync=off',
    '-c',
    'shared_buffers=32MB',
  ];
  const child = spawn(join(programs, 'postgres'), options, {
    ...as,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (text: Buffer) => (log = (log + text.toString()).slice(-4000)));
  const server = new RunningServer(folder, child);
  await server.ready(() => log);
  return server;
}

class RunningServer implements PostgresServer {
  constructor(
    private readonly folder: string,
    private readonly child: ChildProcess,
  ) {}

  async ready(log: () => string): Promise<void> {
    for (let attempt = 0; attempt < 200; attempt += 1) {
      if (this.child.exitCode !== null) break;
      try {
        await this.ask('select 1');
        return;
      } catch {
        await pause(50);
      }
    }
    const tail = log();
    await this.stop();
    throw new Error(`PostgreSQL did not start: ${tail}`);
  }

  async createDatabase(name: string): Promise<string> {
    await this.ask(`create database "${name}"`);
    return this.urlOf(name);
  }

  async dropConnections(name: string): Promise<number> {
    const rows = await this.ask(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()`,
      [name],
    );
    return rows.length;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGINT');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  private urlOf(name: string): string {
    return `postgres://lyceum@/${name}?host=${encodeURIComponent(this.folder)}`;
  }

  private async ask(text: string, values: unknown[] = []): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: this.urlOf(database) });
    try {
      await client.connect();
      return (await client.query<Record<string, unknown>>(text, values)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

async function findPrograms(): Promise<string | undefined> {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(root, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
}

async function installPrograms(): Promise<string | undefined> {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    console.warn('SKIPPED: no PostgreSQL here; install it with "apt-get install postgresql"');
    return undefined;
  }
  console.warn('installing the package "postgresql" for the tests');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await run('apt-get', ['update', '-qq'], { env });
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'postgresql'], { env });
  } catch (error) {
    console.warn(`SKIPPED: PostgreSQL could not be installed: ${(error as Error).message.slice(0, 300)}`);
  }
  return findPrograms();
}

async function unprivilegedUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all(
        ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, name])).stdout)),
      );
      return { uid, gid };
    } catch {
      continue;
    }
  }
  return undefined;
}
