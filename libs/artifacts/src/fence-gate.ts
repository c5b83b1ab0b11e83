// A lease can run out while its holder is paused between "may I write?" and the write itself. So the right to write
// is a folder: a commit is a rename out of (or into) the folder of the writer's token, and whoever claims a higher
// token removes the lower folders. The kernel then refuses a late commit, however long its writer slept.
//
// Order decides: a writer makes its folder and then reads the marks; a claimer sets its mark and then removes lower
// folders. Either the writer sees the mark, or the claimer sees the folder.
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { invalidField, LyceumError } from '@lyceum/errors';
import type { ArtifactFence } from './artifact-store.js';
import { checkKey } from './artifact-key.js';
import { syncFolder, uniqueSuffix } from './object-file.js';

const digits = 16;
const named = (kind: 'mark' | 'part', token: number): string =>
  `${kind}.${String(token).padStart(digits, '0')}`;

/** Claims the scope for the token and returns the folder to commit through. Errors: LEASE_LOST, INVALID_FIELD. */
export async function claimFence(root: string, fence: ArtifactFence): Promise<string> {
  checkFence(fence);
  const scope = scopeFolder(root, fence);
  const mine = join(scope, named('part', fence.token));
  const mark = join(scope, named('mark', fence.token));
  await mkdir(mine, { recursive: true });
  await (await open(mark, 'a')).close();
  await syncFolder(scope);
  if ((await highestMark(scope)) > fence.token) {
    await rm(mine, { recursive: true, force: true });
    await rm(mark, { force: true });
    throw fencedOff(fence);
  }
  for (const name of (await readdir(scope)).filter((name) => tokenOf(name) < fence.token))
    await shut(scope, name);
  return mine;
}

/** Removes a lower token's folder or mark; moved first, so that nothing can be added by its old name. */
async function shut(scope: string, name: string): Promise<void> {
  const gone = join(scope, `gone.${uniqueSuffix()}.${name.slice(-digits)}`);
  await rename(join(scope, name), gone).catch(() => undefined);
  await rm(gone, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
}

/** Whether a higher token was claimed. */
export async function isFencedOff(root: string, fence: ArtifactFence): Promise<boolean> {
  return (await highestMark(scopeFolder(root, fence))) > fence.token;
}

/** The error for a writer whose folder is gone. */
export function fencedOff(fence: ArtifactFence): LyceumError {
  return new LyceumError(
    'LEASE_LOST',
    `artifacts under "${fence.scope}" now belong to another worker: fence ${fence.token} is out of date; stop this task`,
    { metadata: { scope: fence.scope, fence: String(fence.token) } },
  );
}

/** Refuses a fence that does not cover the key. */
export function checkCovers(fence: ArtifactFence, key: string): void {
  if (key === fence.scope || key.startsWith(`${fence.scope}/`)) return;
  throw invalidField(
    'fence.scope',
    `"${fence.scope}" does not cover the key "${key}"; it must be the key or a folder above it`,
  );
}

function checkFence({ scope, token }: ArtifactFence): void {
  checkKey(scope, 'fence.scope');
  if (!Number.isSafeInteger(token) || token < 0) {
    throw invalidField('fence.token', `must be a whole number from 0, found ${token}`);
  }
}

function scopeFolder(root: string, { scope }: ArtifactFence): string {
  return join(root, '.fences', scope, '.gate');
}

async function highestMark(scope: string): Promise<number> {
  const marks = (await readdir(scope)).filter((name) => name.startsWith('mark.'));
  return Math.max(-1, ...marks.map(tokenOf));
}

function tokenOf(name: string): number {
  return Number(name.slice(-digits));
}
