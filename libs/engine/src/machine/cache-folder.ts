import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * Where downloads and builds are kept between checkouts: `LYCEUM_CACHE_DIR`, else `lyceum` in the user's cache folder
 * (XDG base directory specification: `XDG_CACHE_HOME`, else `~/.cache`).
 */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { LYCEUM_CACHE_DIR: own, XDG_CACHE_HOME: shared } = environment;
  if (own !== undefined && own !== '') return own;
  // The specification has relative paths ignored.
  return join(shared !== undefined && isAbsolute(shared) ? shared : join(homedir(), '.cache'), 'lyceum');
}
