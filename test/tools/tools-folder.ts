import { cacheFolder } from '@lyceum/engine';
import { join } from 'node:path';

/** Where tools of other houses are kept from one run of the tests to the next, outside the checkout. */
export function toolsFolder(): string {
  return join(cacheFolder(), 'tools');
}
