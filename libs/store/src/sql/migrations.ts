import { sql, type Kysely, type Migration, type MigrationProvider } from 'kysely';

const first = [
  `create table runs (
    number bigint generated always as identity unique,
    name text primary key,
    request_id text not null unique,
    recipe_name text not null,
    recipe text not null,
    artifact_root text not null,
    state text not null,
    error jsonb,
    create_time timestamptz not null,
    end_time timestamptz,
    last_sequence bigint not null default 0
  )`,
  `create index runs_live on runs (number) where state in ('PENDING', 'RUNNING')`,
  `create table tasks (
    run text not null references runs (name) on delete cascade,
    name text not null,
    position integer not null,
    stage text not null,
    kind text not null,
    depends_on jsonb not null,
    gang text,
    placement jsonb not null,
    spec jsonb not null,
    max_attempts integer not null,
    backoff_ms integer not null,
    state text not null,
    attempt integer not null default 0,
    fence bigint not null default 0,
    worker text,
    lease_until timestamptz,
    not_before timestamptz,
    failures integer not null default 0,
    losses integer not null default 0,
    lease_step bigint not null default 0,
    ended_fence bigint not null default 0,
    step bigint not null default 0,
    step_count bigint not null default 0,
    metrics jsonb,
    results jsonb not null default '{}',
    artifacts jsonb not null default '{}',
    error jsonb,
    start_time timestamptz,
    end_time timestamptz,
    primary key (run, name)
  )`,
  `create index tasks_held on tasks (worker) where state = 'RUNNING'`,
  `create table events (
    run text not null references runs (name) on delete cascade,
    sequence bigint not null,
    time timestamptz not null,
    kind text not null,
    task text not null,
    message text not null,
    metrics jsonb,
    state text not null,
    primary key (run, sequence)
  )`,
  `create table workers (
    name text primary key,
    kind text not null,
    address text not null,
    device text not null,
    memory_bytes bigint not null,
    labels jsonb not null,
    register_time timestamptz not null,
    seen_time timestamptz not null
  )`,
  `create table leaders (
    name text primary key,
    holder text not null,
    fence bigint not null,
    until timestamptz not null
  )`,
];

/** Every change of the schema, in order; an applied one is never edited. A new one is a line here. */
const migrations: Record<string, readonly string[]> = {
  '0001-runs-tasks-events-workers-leaders': first,
};

/** The migrations as kysely's Migrator wants them. */
export const migrationProvider: MigrationProvider = {
  getMigrations: () =>
    Promise.resolve(
      Object.fromEntries(
        Object.entries(migrations).map(([name, statements]) => [name, migrationOf(statements)]),
      ),
    ),
};

function migrationOf(statements: readonly string[]): Migration {
  return {
    up: async (db: Kysely<unknown>) => {
      for (const statement of statements) await sql.raw(statement).execute(db);
    },
  };
}
