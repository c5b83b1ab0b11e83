import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Schema } from '../sql/schema.js';
import { channel, type Database } from './database.js';

const int8Type = 20;
const reconnectMs = 500;

/** A PostgreSQL server, from version 15, by a `postgres://` URL; `?host=/run/postgresql` for a Unix socket. */
export async function openPostgresDatabase(url: string): Promise<Database> {
  const config: pg.PoolConfig = {
    connectionString: url,
    max: 8,
    connectionTimeoutMillis: 10_000,
    application_name: 'lyceum',
    types: { getTypeParser },
    // An orchestrator that was paused inside a transaction must not hold up the others.
    idle_in_transaction_session_timeout: 20_000,
    lock_timeout: 15_000,
    statement_timeout: 60_000,
  };
  const pool = new pg.Pool(config);
  // The server may end connections, idle ones and those between two queries of a transaction: the pool replaces them,
  // and the next query of the transaction fails.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const db = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
  const listener = new Listener(config);
  return {
    url: withoutPassword(url),
    db,
    listen: (heard) => listener.start(heard),
    close: async () => {
      await listener.stop();
      await db.destroy();
    },
  };
}

/** 64-bit integers as numbers: fences and sequences stay far below 2^53. */
function getTypeParser(type: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (type === int8Type && format !== 'binary') return Number;
  const parse = pg.types.getTypeParser(type, format) as (text: string) => unknown;
  return parse;
}

/** The one connection that hears notifications; comes back by itself. */
class Listener {
  private client: pg.Client | undefined;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly config: pg.ClientConfig) {}

  async start(heard: (payload: string | undefined) => void): Promise<void> {
    const client = new pg.Client({ ...this.config, statement_timeout: 0 });
    this.client = client;
    client.on('notification', ({ payload }) => heard(payload));
    const again = (): void => {
      if (this.stopped || this.client !== client) return;
      this.client = undefined;
      this.timer = setTimeout(() => {
        void this.start(heard)
          .then(() => heard(undefined))
          .catch(() => undefined);
      }, reconnectMs);
      this.timer.unref();
    };
    client.on('error', again);
    client.on('end', again);
    try {
      await client.connect();
      await client.query(`listen ${channel}`);
    } catch (error) {
      again();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.client?.end().catch(() => undefined);
  }
}

function withoutPassword(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^:@/]*):[^@]*@/i, '$1:***@').replace(/([?&]password=)[^&]*/i, '$1***');
}
