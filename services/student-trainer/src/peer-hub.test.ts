import { hostTensor } from '@lyceum/tensor';
import { describe, expect, it } from 'vitest';
import { PeerHub } from './peer-hub.js';

const stage = { run: 'r', stage: 'mutual', self: 'a', agreement: 'x' };
const keys = (value: number) => [hostTensor('dml/logits', Float32Array.of(value), [1, 1])];
const never = new AbortController().signal;

describe('peer hub', () => {
  it('answers a step that is known, and one to come when it is there', async () => {
    const hub = new PeerHub();
    hub.open(stage, 0);
    hub.publish(0, keys(1));
    const later = hub.keysOf(1, never);
    hub.publish(1, keys(2));
    expect((await hub.keysOf(0, never))[0].data[0]).toBe(1);
    expect((await later)[0].data[0]).toBe(2);
  });

  it('says that a step is gone once it was forgotten', async () => {
    const hub = new PeerHub();
    hub.open(stage, 0);
    for (const step of [0, 1, 2]) hub.publish(step, keys(step));
    hub.forgetBefore(2);
    await expect(hub.keysOf(1, never)).rejects.toMatchObject({ reason: 'INDEX_OUT_OF_RANGE' });
  });

  it('can answer, after a restart, the steps that a slower peer has lost', async () => {
    const before = new PeerHub();
    before.open(stage, 0);
    for (const step of [5, 6, 7]) before.publish(step, keys(step));
    const after = new PeerHub();
    after.open(stage, 8);
    after.recall(before.history());
    expect((await after.keysOf(6, never))[0].data[0]).toBe(6);
    expect([after.oldestStep, after.nextStep]).toEqual([5, 8]);
  });

  it('sends those who wait away when the stage ends or they give up', async () => {
    const hub = new PeerHub();
    hub.open(stage, 0);
    const stop = new AbortController();
    const given = hub.keysOf(3, stop.signal);
    stop.abort();
    await expect(given).rejects.toMatchObject({ reason: 'CANCELLED' });
    const waiting = hub.keysOf(4, never);
    hub.close();
    await expect(waiting).rejects.toMatchObject({ reason: 'NOT_READY' });
    expect(() => hub.require('r', 'mutual')).toThrow('not in r/mutual yet');
  });
});
