import { fileURLToPath } from 'node:url';
import { invalidField, unknownName } from '@lyceum/errors';
import type { Database } from './database.js';
import { openMemoryDatabase, openPgliteDatabase } from './pglite-database.js';
import { openPostgresDatabase } from './postgres-database.js';

/** One line a kind of database: URL scheme to how it is opened. */
const databases: Readonly<Record<string, (url: string) => Promise<Database>>> = {
  pglite: (url) => openPgliteDatabase(folderOf(url)),
  memory: () => openMemoryDatabase(),
  postgres: openPostgresDatabase,
  postgresql: openPostgresDatabase,
};

/** Opens the database that a URL names. Errors: INVALID_FIELD, UNKNOWN_NAME (scheme), and the driver's own. */
export async function openDatabase(url: string): Promise<Database> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1].toLowerCase();
  if (scheme === undefined) {
    throw invalidField('state', 'must be a URL: pglite:///folder, memory: or postgres://user@host/database');
  }
  if (!Object.hasOwn(databases, scheme))
    throw unknownName('state driver', scheme, Object.keys(databases), 'state');
  return databases[scheme](url);
}

function folderOf(url: string): string {
  try {
    return fileURLToPath(url.replace(/^pglite:/i, 'file:'));
  } catch (error) {
    throw invalidField('state', `must be pglite:///folder: ${(error as Error).message}`);
  }
}
