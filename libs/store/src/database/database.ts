import type { Kysely } from 'kysely';
import type { Schema } from '../sql/schema.js';

/** A database that is open: the same queries run on every kind. */
export interface Database {
  readonly url: string;
  readonly db: Kysely<Schema>;
  /** Calls back with the payload of every notification on the store's channel, and with `undefined` when some may be lost. */
  listen(heard: (payload: string | undefined) => void): Promise<void>;
  close(): Promise<void>;
}

/** Channel of the notifications; the payload is the name of the run that changed. */
export const channel = 'lyceum_runs';
