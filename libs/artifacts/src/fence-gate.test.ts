import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openArtifacts } from './index.js';
import { temporaryFolder } from './temporary-folder.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const lost = { reason: 'LEASE_LOST', codeName: 'ABORTED' };

/** Parts that stop in the middle until they are released. */
function pausedParts(): { parts: AsyncIterable<Uint8Array>; started: Promise<void>; release: () => void } {
  let release = (): void => undefined;
  let start = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const started = new Promise<void>((resolve) => (start = resolve));
  async function* parts(): AsyncGenerator<Uint8Array> {
    yield bytes('old ');
    start();
    await released;
    yield bytes('worker');
  }
  return { parts: parts(), started, release };
}

describe('fenced writes', () => {
  it('lets the newest holder write and refuses every earlier one, in whatever process it lives', async () => {
    using folder = temporaryFolder();
    const [old, next] = [openArtifacts(folder.path), openArtifacts(folder.path)];
    await old.put('run/a/w', bytes('1'), { fence: { scope: 'run/a', token: 1 } });
    await next.put('run/a/w', bytes('2'), { fence: { scope: 'run/a', token: 2 } });
    await expect(
      old.put('run/a/w', bytes('1b'), { fence: { scope: 'run/a', token: 1 } }),
    ).rejects.toMatchObject(lost);
    await expect(
      old.put('run/a/new', bytes('1'), { fence: { scope: 'run/a', token: 1 } }),
    ).rejects.toMatchObject(lost);
    await expect(old.remove('run/a/w', { fence: { scope: 'run/a', token: 1 } })).rejects.toMatchObject(lost);
    const fresh = openArtifacts(folder.path);
    await expect(fresh.claim({ scope: 'run/a', token: 1 })).rejects.toMatchObject(lost);
    expect(Buffer.from(await next.get('run/a/w')).toString()).toBe('2');
    expect(await next.list()).toEqual(['run/a/w']);
    expect(readdirSync(join(folder.path, 'run/a/.objects'))).toHaveLength(1);
  });

  it('stops a write that began under the old lease and ends after the new one was given', async () => {
    using folder = temporaryFolder();
    const [old, next] = [openArtifacts(folder.path), openArtifacts(folder.path)];
    await next.put('run/a/w', bytes('first'));
    const { parts, started, release } = pausedParts();
    const write = old.put('run/a/w', parts, { fence: { scope: 'run/a', token: 7 } });
    await started;
    await next.claim({ scope: 'run/a', token: 8 });
    release();
    await expect(write).rejects.toMatchObject({ ...lost, metadata: { scope: 'run/a', fence: '7' } });
    expect(Buffer.from(await next.get('run/a/w')).toString()).toBe('first');
    expect(readdirSync(join(folder.path, 'run/a/.objects'))).toHaveLength(1);
  });

  it('keeps the highest of many claims made at once', async () => {
    using folder = temporaryFolder();
    const tokens = [3, 9, 1, 7, 5, 8, 2, 6, 4, 0];
    const claims = tokens.map((token) => openArtifacts(folder.path).claim({ scope: 'run', token }));
    const results = await Promise.allSettled(claims);
    expect(results[tokens.indexOf(9)].status).toBe('fulfilled');
    await expect(openArtifacts(folder.path).claim({ scope: 'run', token: 8 })).rejects.toMatchObject(lost);
    const gate = readdirSync(join(folder.path, '.fences/run/.gate')).sort();
    expect(gate).toEqual(['mark.0000000000000009', 'part.0000000000000009']);
  });

  it('does not mix scopes', async () => {
    using folder = temporaryFolder();
    const store = openArtifacts(folder.path);
    await store.claim({ scope: 'run/a', token: 5 });
    await store.claim({ scope: 'run', token: 2 });
    await store.put('run/ab', bytes('x'), { fence: { scope: 'run/ab', token: 1 } });
    await store.put('run/a/x', bytes('x'), { fence: { scope: 'run/a', token: 5 } });
    expect(await store.remove('run/a/x', { fence: { scope: 'run/a', token: 5 } })).toBe(true);
    expect(await store.remove('run/a/x', { fence: { scope: 'run/a', token: 5 } })).toBe(false);
    const outside = store.put('run/ab', bytes('x'), { fence: { scope: 'run/a', token: 5 } });
    await expect(outside).rejects.toMatchObject({
      reason: 'INVALID_FIELD',
      violations: [{ field: 'fence.scope' }],
    });
  });

  it.each([-1, 0.5, NaN, 2 ** 53])('refuses the token %d', async (token) => {
    using folder = temporaryFolder();
    const claim = openArtifacts(folder.path).claim({ scope: 'run', token });
    await expect(claim).rejects.toMatchObject({
      reason: 'INVALID_FIELD',
      violations: [{ field: 'fence.token' }],
    });
  });
});
