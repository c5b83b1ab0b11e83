import { describe, expect, it } from 'vitest';
import { leaseMs, lost, type Harness } from './harness.js';
import { planOf, workerOf } from './plans.js';

export function describeLeases(harness: () => Harness): void {
  describe('leases', () => {
    it('run out when nobody reports, and the task goes to another worker', async () => {
      const { store, clock, take, workers, states } = harness();
      await store.createRun(planOf('a', [{ name: 't' }, { name: 'u' }]));
      await workers('w1', 'w2');
      const silent = await take('w1');
      const alive = await take('w2');
      clock.advance(leaseMs - 1);
      await store.reportTask({ ...alive, step: 1, stepCount: 2, leaseMs });
      clock.advance(1);
      expect(await store.expireLeases()).toEqual([]);
      clock.advance(1);
      expect(await store.expireLeases()).toEqual([{ run: 'a', task: 't', worker: 'w1' }]);
      expect(await store.expireLeases()).toEqual([]);
      expect(await states('a')).toEqual({ run: 'RUNNING', t: 'PENDING', u: 'RUNNING' });
      await expect(store.reportTask({ ...silent, step: 1, stepCount: 2, leaseMs })).rejects.toMatchObject(
        lost,
      );
      await workers('w3');
      expect(await take('w3')).toMatchObject({ task: 't', fence: 2 });
      const [event] = (await store.eventsAfter('a', 0)).filter(({ kind }) => kind === 'task.lost');
      expect(event.message).toBe('worker "w1" did not report in time; the task waits for another worker');
    });

    it('that ran out may still be renewed while nobody took the task', async () => {
      const { store, clock, take, workers } = harness();
      await store.createRun(planOf('a'));
      await workers('w1');
      const held = await take();
      clock.advance(10 * leaseMs);
      await store.reportTask({ ...held, step: 1, stepCount: 2, leaseMs });
      expect(await store.expireLeases()).toEqual([]);
    });

    it('end with the worker: when it is removed, registers anew, or asks for another task', async () => {
      const { store, take, workers, states } = harness();
      await store.createRun(planOf('a'));
      await workers('w1');
      const first = await take();
      expect(await store.removeWorker('w1', 'its process ended with code 137')).toEqual([
        { run: 'a', task: 'teacher', worker: 'w1' },
      ]);
      await expect(store.completeTask(first)).rejects.toMatchObject(lost);
      await workers('w1');
      expect(await take()).toMatchObject({ fence: 2 });
      await workers('w1');
      expect(await states('a')).toMatchObject({ teacher: 'PENDING' });
      expect(await take()).toMatchObject({ fence: 3 });
      expect(await take()).toMatchObject({ fence: 4 });
    });

    it('lost over and over without a step done fail the task; with steps done they never do', async () => {
      const { store, lease, take, workers, states } = harness();
      await store.createRun(planOf('a'));
      await workers('w1');
      for (let step = 1; step <= 25; step += 1) {
        await store.reportTask({ ...(await take()), step, stepCount: 1000, leaseMs });
      }
      expect(await states('a')).toMatchObject({ run: 'RUNNING' });
      for (let round = 0; (await states('a')).run === 'RUNNING' && round < 30; round += 1) await lease();
      expect(await states('a')).toEqual({ run: 'FAILED', teacher: 'FAILED' });
      expect((await store.getRun('a')).error?.message).toContain(
        'lost its worker 20 times without finishing a step',
      );
    });
  });

  describe('gangs', () => {
    const gang = [
      { name: 'pair/a', gang: 'pair', kind: 'co-train' },
      { name: 'pair/b', gang: 'pair', kind: 'co-train' },
    ];

    it('start only when there are idle workers for all, then before anything else', async () => {
      const { store, lease, take, workers, succeed } = harness();
      await store.createRun(planOf('old', [{ name: 'first' }, { name: 'later', dependsOn: ['first'] }]));
      await store.createRun(planOf('a', gang));
      await workers('w1', 'w2');
      const first = await take('w1');
      expect(await lease('w2')).toBeUndefined();
      await workers('w3');
      expect(await take('w2')).toMatchObject({ task: 'pair/a', gang: 'pair' });
      await succeed(first);
      expect(await take('w3')).toMatchObject({ task: 'pair/b' });
      expect(await take('w1')).toMatchObject({ task: 'later' });
    });

    it('do not count workers that are silent, of another kind, or in the wrong place', async () => {
      const { store, clock, lease, take, workers } = harness();
      await store.createRun(planOf('a', [gang[0], { ...gang[1], placement: { device: 'gpu' } }]));
      await workers('w1', 'w2');
      await store.registerWorker(workerOf('teacher', { kind: 'teacher', device: 'gpu' }));
      expect(await lease('w1')).toBeUndefined();
      await store.registerWorker(workerOf('g', { device: 'gpu' }));
      clock.advance(31_000);
      expect(await lease('w1')).toBeUndefined();
      await store.heartbeat('g');
      expect((await take('w1')).task).toBe('pair/a');
      expect((await take('g')).task).toBe('pair/b');
    });

    it('wait until the dependencies of all are done', async () => {
      const { store, lease, take, workers, succeed } = harness();
      await store.createRun(planOf('a', [{ name: 't' }, gang[0], { ...gang[1], dependsOn: ['t'] }]));
      await workers('w1', 'w2');
      expect(await store.readyTasks()).toMatchObject([{ task: 't' }]);
      const first = await take('w1');
      expect(await lease('w2')).toBeUndefined();
      await succeed(first);
      expect(await store.readyTasks()).toMatchObject([{ task: 'pair/a' }, { task: 'pair/b' }]);
      expect((await take('w2')).task).toBe('pair/a');
    });

    it('take a lost member back alone', async () => {
      const { store, take, workers } = harness();
      await store.createRun(planOf('a', gang));
      await workers('w1', 'w2');
      await take('w1');
      await take('w2');
      await store.removeWorker('w2');
      expect(await store.readyTasks()).toMatchObject([{ task: 'pair/b' }]);
      await workers('w3');
      expect(await take('w3')).toMatchObject({ task: 'pair/b', fence: 2 });
    });
  });

  describe('workers', () => {
    it('are listed with whether they live; a report counts as a sign of life', async () => {
      const { store, clock, take, workers } = harness();
      await store.createRun(planOf('a'));
      await store.registerWorker(workerOf('w1', { labels: { zone: 'a' }, memoryBytes: 2 ** 40 }));
      await workers('w2', 'w3');
      const held = await take('w1');
      clock.advance(29_000);
      await store.heartbeat('w2');
      await store.reportTask({ ...held, step: 1, stepCount: 2, leaseMs });
      clock.advance(2000);
      const listed = await store.listWorkers();
      expect(listed.map(({ name, alive }) => [name, alive])).toEqual([
        ['w1', true],
        ['w2', true],
        ['w3', false],
      ]);
      expect(listed[0]).toMatchObject({ labels: { zone: 'a' }, memoryBytes: 2 ** 40, device: 'cpu' });
      await store.removeWorker('w3');
      expect(await store.listWorkers()).toHaveLength(2);
    });
  });

  describe('the lead', () => {
    it('belongs to one until its time is over or it resigns', async () => {
      const { store, clock } = harness();
      expect(await store.tryLead('a', 5000)).toMatchObject({ leading: true, fence: 1 });
      expect(await store.tryLead('b', 5000)).toMatchObject({ leading: false, holder: 'a', fence: 1 });
      clock.advance(4000);
      expect(await store.tryLead('a', 5000)).toMatchObject({ leading: true, fence: 1 });
      clock.advance(4000);
      expect(await store.tryLead('b', 5000)).toMatchObject({ leading: false });
      clock.advance(1000);
      expect(await store.tryLead('b', 5000)).toMatchObject({ leading: true, fence: 2 });
      await store.resign('a');
      expect(await store.tryLead('a', 5000)).toMatchObject({ leading: false, holder: 'b' });
      await store.resign('b');
      expect(await store.tryLead('a', 5000)).toMatchObject({ leading: true, fence: 3 });
    });

    it('goes to exactly one of many that ask at once', async () => {
      const { store } = harness();
      const answers = await Promise.all(
        ['a', 'b', 'c', 'd', 'e'].map((holder) => store.tryLead(holder, 5000)),
      );
      expect(answers.filter((answer) => answer.leading)).toHaveLength(1);
    });
  });
}
