import { describe, expect, it } from 'vitest';
import type * as Engine from '../index.js';
import type { EngineApi } from './engine.fixture.js';
import { startWorker } from './start-worker.js';

const engine = (await import(new URL('../../dist/index.js', import.meta.url).href)) as typeof Engine;
const file = new URL('../../dist/worker/engine.fixture.js', import.meta.url);

describe('an engine in a worker', () => {
  it('computes what a process of its own computes, bit for bit, and leaves the main thread free', async () => {
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 5);
    const seen: unknown[] = [];
    const asked: unknown[] = [];
    const goOn = (hash: string) => {
      asked.push(hash);
      // The main thread has to have got on with other things in the middle of the training.
      return asked.length < 3 || ticks < 20;
    };
    const worker = await startWorker<EngineApi>(file, {
      bridge: { goOn },
      onEvent: (hash) => seen.push(hash),
    });
    expect(await worker.api.start({ backend: 'cpu', threads: 2 })).toMatchObject({
      backend: 'cpu',
      threads: 2,
    });
    const { hash } = await worker.api.train();
    clearInterval(timer);
    await worker.terminate();
    const alone = await engine.smokeCheck('cpu', { threads: 2 });
    expect(hash).toBe(alone.hash);
    expect(seen).toEqual(asked);
    expect(new Set(seen)).toEqual(new Set([alone.hash]));
  });

  it('can be followed by another one in the same process', async () => {
    const hashes: string[] = [];
    for (let round = 0; round < 2; round += 1) {
      const worker = await startWorker<EngineApi>(file, { bridge: { goOn: () => false } });
      await worker.api.start({ backend: 'cpu', threads: 2 });
      hashes.push((await worker.api.train()).hash);
      await worker.terminate();
    }
    expect(hashes[1]).toBe(hashes[0]);
  });
});
