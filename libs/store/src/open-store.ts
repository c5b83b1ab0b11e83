import { LyceumError } from '@lyceum/errors';
import { Migrator } from 'kysely';
import type { Database } from './database/database.js';
import { openDatabase } from './database/open-database.js';
import { migrationProvider } from './sql/migrations.js';
import { SqlRunStore, type StoreOptions } from './sql-run-store.js';
import type { RunStore } from './run-store.js';
import { storeError } from './store-error.js';

/**
 * Opens the state of runs and brings its schema up to date:
 *
 * - `pglite:///folder`: embedded, nothing to start; one process at a time (WRONG_STATE for the second);
 * - `postgres://user@host/database`, `postgres:///database?host=/run/postgresql` (Unix socket): shared by many;
 * - `memory:`: gone with the process.
 *
 * Errors: INVALID_FIELD and UNKNOWN_NAME for the URL, UNREACHABLE, FORBIDDEN, WRONG_STATE, CORRUPT_FILE.
 */
export async function openStore(url: string, options: StoreOptions = {}): Promise<RunStore> {
  const database = await openDatabase(url);
  try {
    await migrate(database);
    return await SqlRunStore.over(database, options);
  } catch (error) {
    await database.close().catch(() => undefined);
    throw storeError(error);
  }
}

/** Applies the migrations that the database has not seen. Errors: WRONG_STATE when it has seen newer ones. */
export async function migrate(database: Database): Promise<void> {
  const { error } = await new Migrator({ db: database.db, provider: migrationProvider }).migrateToLatest();
  if (error instanceof Error && error.message.startsWith('corrupted migrations')) {
    throw new LyceumError(
      'WRONG_STATE',
      `${database.url} was written by another version of Lyceum (${error.message}); run that version, or use another database`,
      { cause: error },
    );
  }
  if (error !== undefined) throw storeError(error);
}
