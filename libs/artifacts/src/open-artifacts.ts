import { fileURLToPath } from 'node:url';
import { invalidField, unknownName } from '@lyceum/errors';
import type { ArtifactStore } from './artifact-store.js';
import { FileArtifactStore } from './file-store.js';

/** One line a driver: URL scheme to store. */
const drivers: Readonly<Record<string, ((url: string) => ArtifactStore) | undefined>> = {
  file: (url) => new FileArtifactStore(fileURLToPath(url)),
};

/**
 * Opens the store that a URL names: `file:///folder`, or just a path. Nothing is touched before the first call.
 * Errors: INVALID_FIELD (malformed), UNKNOWN_NAME (no driver for the scheme).
 */
export function openArtifacts(url: string): ArtifactStore {
  if (url === '')
    throw invalidField('artifacts', 'must be a path or a URL such as file:///var/lib/lyceum, found nothing');
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1].toLowerCase();
  if (scheme === undefined) return new FileArtifactStore(url);
  const driver = Object.hasOwn(drivers, scheme) ? drivers[scheme] : undefined;
  if (driver === undefined) throw unknownName('artifact driver', scheme, Object.keys(drivers), 'artifacts');
  try {
    return driver(url);
  } catch (error) {
    throw invalidField(
      'artifacts',
      `${JSON.stringify(url)} is not a URL of a local folder: ${(error as Error).message}`,
    );
  }
}
