import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BridgeHandlers } from './bridge.js';
import type { EchoApi } from './echo.fixture.js';
import { serveWorker, workerBridge } from './serve-worker.js';
import { startWorker, type RunningWorker } from './start-worker.js';
import { transfer } from './transfer.js';

// The worker is the compiled file, as in a service.
const echo = new URL('../../dist/worker/echo.fixture.js', import.meta.url);

const handlers: BridgeHandlers = {
  echo: (payload: unknown) => payload,
  later: (payload: unknown) => new Promise((resolve) => setTimeout(() => resolve(payload), 300)),
  never: () => new Promise(() => undefined),
  late: (payload: unknown) => new Promise((resolve) => setTimeout(() => resolve(payload), 100)),
  refuse: () => {
    throw new RangeError('no such peer');
  },
  unclonable: () => () => 1,
  addOne: ({ values }: { values: Float32Array }) => {
    for (let index = 0; index < values.length; index += 1) values[index] += 1;
    return transfer(values, [values.buffer as ArrayBuffer]);
  },
};

describe('a worker', () => {
  const events: unknown[] = [];
  let worker: RunningWorker<EchoApi>;
  beforeEach(async () => {
    events.length = 0;
    worker = await startWorker<EchoApi>(echo, {
      workerData: { seed: 7 },
      env: { LYCEUM_TEST_VARIABLE: 'set' },
      bridge: handlers,
      onEvent: (event) => events.push(event),
    });
  });
  afterEach(() => worker.terminate());

  it('gets its data and the environment of the process', async () => {
    expect(await worker.api.input()).toEqual({ seed: 7 });
    expect(await worker.api.variable('LYCEUM_TEST_VARIABLE')).toBe('set');
    expect(process.env.LYCEUM_TEST_VARIABLE).toBe('set');
  });

  it('moves what is marked, in both directions, without a copy left behind', async () => {
    const values = Float32Array.of(1, 2, 3);
    const doubled = await worker.api.double(transfer(values, [values.buffer]));
    expect([...doubled]).toEqual([2, 4, 6]);
    expect(values.length).toBe(0);
    const kept = Float32Array.of(5);
    expect([...(await worker.api.double(kept))]).toEqual([10]);
    expect([...kept]).toEqual([5]);
  });

  it('carries errors with reason and violations', async () => {
    await expect(worker.api.fail('lyceum')).rejects.toMatchObject({
      reason: 'SHAPE_MISMATCH',
      violations: [{ field: 'x', description: 'wrong' }],
    });
    await expect(worker.api.fail('plain')).rejects.toMatchObject({ reason: 'INTERNAL', message: 'not that' });
  });

  it('runs one call after another, in the order they came', async () => {
    const order: string[] = [];
    await Promise.all(
      [50, 1, 0].map(async (delayMs) => order.push(await worker.api.slow(String(delayMs), delayMs))),
    );
    expect(order).toEqual(['50', '1', '0']);
  });

  it('names the methods it has when another is called', async () => {
    const api = worker.api as unknown as Record<string, () => Promise<unknown>>;
    await expect(api.dubble()).rejects.toMatchObject({
      reason: 'UNKNOWN_NAME',
      metadata: { nearest: 'double' },
    });
    await expect(api.valueOf()).rejects.toMatchObject({ reason: 'UNKNOWN_NAME' });
  });

  it('sends events in order with results', async () => {
    await worker.api.emit({ step: 1 });
    expect(events).toEqual([{ step: 1 }]);
  });

  it('leaves the main thread free while it computes', async () => {
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 10);
    await worker.api.block(400);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(5);
  });

  it('fails its open calls with what killed it, and every later one', async () => {
    await worker.api.crash();
    const open = worker.api.slow('never', 60_000);
    await expect(open).rejects.toMatchObject({
      reason: 'INTERNAL',
      message: 'worker echo.fixture.js: it broke',
    });
    await expect(worker.api.input()).rejects.toThrow('it broke');
    await expect(worker.ended).rejects.toThrow('it broke');
  });

  it('says with which code it left', async () => {
    await expect(worker.api.leave()).rejects.toThrow('it ended by itself with code 3');
  });

  it('is stopped in the middle of a step', async () => {
    const open = worker.api.block(60_000);
    await Promise.all([expect(open).rejects.toMatchObject({ reason: 'CANCELLED' }), worker.terminate()]);
    await expect(worker.ended).resolves.toBeUndefined();
  });

  it('is stopped while it waits on the bridge', async () => {
    const open = worker.api.ask('never', 1, 60_000);
    await Promise.all([expect(open).rejects.toMatchObject({ reason: 'CANCELLED' }), worker.terminate()]);
  });

  describe('on the bridge', () => {
    it('gets an answer in the middle of a synchronous call', async () => {
      expect(await worker.api.ask('echo', { peers: [1, 2] }, 5000)).toEqual({ peers: [1, 2] });
    });

    it('lets the timers of the main thread go on while it waits', async () => {
      let ticks = 0;
      const timer = setInterval(() => (ticks += 1), 10);
      expect(await worker.api.ask('later', 'done', 5000)).toBe('done');
      clearInterval(timer);
      expect(ticks).toBeGreaterThan(5);
    });

    it('moves buffers there and back', async () => {
      const { given, left, back } = await worker.api.move(1000);
      expect({ given, left }).toEqual({ given: 1000, left: 0 });
      expect(back.every((value) => value === 2)).toBe(true);
    });

    it('throws what the handler threw', async () => {
      await expect(worker.api.ask('refuse', 1, 5000)).rejects.toThrow('no such peer');
      await expect(worker.api.ask('refusal', 1, 5000)).rejects.toMatchObject({ reason: 'UNKNOWN_NAME' });
    });

    it('says when an answer can not cross instead of waiting for ever', async () => {
      await expect(worker.api.ask('unclonable', 1, 5000)).rejects.toMatchObject({ reason: 'INTERNAL' });
    });

    it('gives up after the time it was given', async () => {
      await expect(worker.api.ask('never', 1, 50)).rejects.toMatchObject({
        reason: 'TIMED_OUT',
        message: 'bridge: "never" did not answer within 50 ms',
      });
    });

    it('does not take a late answer for the next one', async () => {
      expect(await worker.api.askTwice(20)).toEqual(['TIMED_OUT', 'second']);
    });
  });
});

describe('starting a worker', () => {
  it('fails with the reason when its module does not load', async () => {
    const missing = new URL('./not-there.js', import.meta.url);
    await expect(startWorker(missing)).rejects.toMatchObject({
      reason: 'INTERNAL',
      message: expect.stringContaining('not-there.js') as string,
    });
  });

  it('fails when the module ends without serving', async () => {
    const silent = new URL('data:text/javascript,');
    await expect(startWorker(silent, { name: 'silent' })).rejects.toThrow(
      'worker silent: it ended by itself',
    );
  });

  it('is refused to code that runs outside a worker', () => {
    expect(() => workerBridge()).toThrow('only in a thread that startWorker started');
    expect(() => serveWorker({})).toThrow('only in a thread that startWorker started');
  });
});
