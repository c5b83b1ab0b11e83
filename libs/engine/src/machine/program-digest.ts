import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Digest of the compiled code in some folders, for what is kept from one process to the next: a version alone would not
 * tell an edited loss from the one before. Where the folders are does not matter, their order does.
 */
export function programDigest(folders: readonly string[]): string {
  const hash = createHash('sha256');
  for (const folder of folders) {
    for (const file of programsIn(folder)) {
      hash.update(`${file.slice(folder.length)}\0`);
      hash.update(readFileSync(file));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

function programsIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  const files = entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return programsIn(path);
    return /(?<!\.(test|fixture))\.js$/.test(entry.name) ? [path] : [];
  });
  return files.sort();
}
