import type { ArtifactStore } from '@lyceum/artifacts';
import { LyceumError } from '@lyceum/errors';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Finds what texts of a run's tasks name: the digest of an artifact of the run, or of a file of this machine. */
export function contentIn(
  artifacts: ArtifactStore,
  run: string,
): (text: string) => Promise<string | undefined> {
  return async (text) => (await artifactDigest(artifacts, `${run}/${text}`)) ?? (await fileDigest(text));
}

async function artifactDigest(artifacts: ArtifactStore, key: string): Promise<string | undefined> {
  const found = await artifacts.head(key).catch((caught: unknown) => {
    const error = LyceumError.from(caught);
    // Most texts are no keys.
    if (error.reason !== 'INVALID_FIELD') throw error;
    return undefined;
  });
  if (found === undefined) return undefined;
  return (
    found.sha256 ??
    createHash('sha256')
      .update(await artifacts.get(key))
      .digest('hex')
  );
}

async function fileDigest(path: string): Promise<string | undefined> {
  const facts = await stat(path).catch(() => undefined);
  if (facts?.isFile() !== true) return undefined;
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest('hex');
}
