import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CheckpointStore, openArtifacts } from './index.js';
import { temporaryFolder } from './temporary-folder.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function damage(root: string, key: string): void {
  const path = join(root, key);
  const content = readFileSync(path);
  content[0] ^= 1;
  writeFileSync(path, content);
}

describe('checkpoints', () => {
  it('has none at first, then the newest, and keeps as many as asked for', async () => {
    using folder = temporaryFolder();
    const store = openArtifacts(folder.path);
    const checkpoints = new CheckpointStore(store, 'run/student/checkpoints', { keep: 2 });
    expect(await checkpoints.latest()).toBeUndefined();
    for (const step of [0, 9, 10, 100]) await checkpoints.save(step, bytes(`step ${step}`));
    expect(await checkpoints.steps()).toEqual([100, 10]);
    const latest = await checkpoints.latest();
    expect(latest?.step).toBe(100);
    expect(Buffer.from(latest?.bytes ?? []).toString()).toBe('step 100');
    expect(readdirSync(join(folder.path, 'run/student/checkpoints/.objects'))).toHaveLength(2);
  });

  it('goes back to the newest that is whole when newer ones are damaged or their content is gone', async () => {
    using folder = temporaryFolder();
    const store = openArtifacts(folder.path);
    const damaged: string[] = [];
    const checkpoints = new CheckpointStore(store, 'c', { onDamaged: (key) => damaged.push(key) });
    for (const step of [1, 2, 3]) await checkpoints.save(step, bytes(`step ${step}`));
    damage(folder.path, checkpoints.keyOf(3));
    const gone = join(folder.path, checkpoints.keyOf(2));
    rmSync(
      join(
        folder.path,
        'c/.objects',
        readdirSync(join(folder.path, 'c/.objects')).find((n) => sameFile(n, gone)) ?? '',
      ),
    );
    expect((await checkpoints.latest())?.step).toBe(1);
    expect(damaged).toEqual([checkpoints.keyOf(3), checkpoints.keyOf(2)]);
    damage(folder.path, checkpoints.keyOf(1));
    expect(await checkpoints.latest()).toBeUndefined();
  });

  it('shuts out the earlier holder before it reads', async () => {
    using folder = temporaryFolder();
    const of = (token: number): CheckpointStore =>
      new CheckpointStore(openArtifacts(folder.path), 'run/a/c', { fence: { scope: 'run/a', token } });
    const [old, next] = [of(1), of(2)];
    await old.save(10, bytes('ten'));
    expect((await next.latest())?.step).toBe(10);
    await expect(old.save(11, bytes('eleven'))).rejects.toMatchObject({ reason: 'LEASE_LOST' });
    await expect(old.latest()).rejects.toMatchObject({ reason: 'LEASE_LOST' });
    await next.save(11, bytes('eleven'));
    expect(await next.steps()).toEqual([11, 10]);
  });

  it('refuses a step or a number to keep that makes no sense', async () => {
    using folder = temporaryFolder();
    const store = openArtifacts(folder.path);
    await expect(new CheckpointStore(store, 'c').save(-1, bytes(''))).rejects.toThrow(
      'step: must be a whole number',
    );
    expect(() => new CheckpointStore(store, 'c', { keep: 0 })).toThrow('keep: must be a whole number from 1');
    expect(() => new CheckpointStore(store, '../c')).toThrow('prefix: ');
  });
});

function sameFile(object: string, key: string): boolean {
  return readFileSync(key).equals(readFileSync(join(key, '../.objects', object)));
}
