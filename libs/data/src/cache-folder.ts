import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where fetched data is kept: `LYCEUM_CACHE_DIR`, else `lyceum` in the user's cache (`XDG_CACHE_HOME`, `~/.cache`). */
export function dataCacheFolder(environment: Environment = process.env): string {
  const { LYCEUM_CACHE_DIR: own, XDG_CACHE_HOME: user } = environment;
  return join(own || join(user || join(homedir(), '.cache'), 'lyceum'), 'data');
}
