import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where teachers keep keys: where the settings say, else beside state that is in a folder, else nowhere (empty). */
export function keysFolder(options: { readonly cacheFolder: string; readonly stateUrl: string }): string {
  const { cacheFolder, stateUrl } = options;
  if (cacheFolder !== '' || !/^pglite:/i.test(stateUrl)) return cacheFolder;
  return join(fileURLToPath(stateUrl.replace(/^pglite:/i, 'file:')), 'keys');
}
