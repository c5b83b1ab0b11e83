import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { LyceumError } from '@lyceum/errors';
import { CamelCasePlugin, Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import type { Schema } from '../sql/schema.js';
import { channel, type Database } from './database.js';
import { lockFolder } from './folder-lock.js';

/** PostgreSQL inside this process, its data in a folder that no other process may open. Errors: WRONG_STATE, CORRUPT_FILE. */
export async function openPgliteDatabase(path: string): Promise<Database> {
  const folder = resolve(path);
  let lost: LyceumError | undefined;
  const unlock = await lockFolder(folder, (error) => (lost = error));
  try {
    return await databaseOf(`pglite://${folder}`, join(folder, 'data'), unlock, () => lost);
  } catch (error) {
    await unlock();
    if (error instanceof LyceumError) throw error;
    const version = await readFile(join(folder, 'data', 'PG_VERSION'), 'utf8').catch(() => '');
    throw new LyceumError(
      'CORRUPT_FILE',
      `${folder} cannot be opened as an embedded database${version && ` (of PostgreSQL ${version.trim()})`}: ` +
        `${error instanceof Error ? error.message : String(error)}; restore it, or move it away to start anew`,
      { cause: error },
    );
  }
}

/** The same in memory, gone with the process. */
export function openMemoryDatabase(): Promise<Database> {
  return databaseOf('memory:', 'memory://');
}

async function databaseOf(
  url: string,
  dataDir: string,
  unlock: () => Promise<void> = () => Promise.resolve(),
  failure: () => LyceumError | undefined = () => undefined,
): Promise<Database> {
  const pglite = await PGlite.create({ dataDir });
  const db = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: new SingleConnection(pglite, failure) }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
  return {
    url,
    db,
    listen: async (heard) => {
      await pglite.listen(channel, heard);
    },
    close: async () => {
      await db.destroy();
      await pglite.close();
      await unlock();
    },
  };
}

/** A pool of one: the next user waits until the one before has released it. */
class SingleConnection implements PostgresPool {
  private free: Promise<void> = Promise.resolve();

  constructor(
    private readonly pglite: PGlite,
    private readonly failure: () => LyceumError | undefined,
  ) {}

  async connect(): Promise<PostgresPoolClient> {
    let done = (): void => undefined;
    const before = this.free;
    this.free = new Promise((resolve) => (done = resolve));
    await before;
    const failure = this.failure();
    if (failure) {
      done();
      throw failure;
    }
    const query = (text: string, parameters: readonly unknown[]): Promise<unknown> =>
      this.pglite.query(text, [...parameters]);
    return { query: query as PostgresPoolClient['query'], release: () => done() };
  }

  async end(): Promise<void> {
    await this.free;
  }
}
