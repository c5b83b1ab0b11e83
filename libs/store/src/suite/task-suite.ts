import { describe, expect, it } from 'vitest';
import { error, leaseMs, lost, type Harness } from './harness.js';
import { metricsOf, planOf, workerOf } from './plans.js';

export function describeTasks(harness: () => Harness): void {
  describe('tasks', () => {
    it('go from worker to worker until the run succeeds, with an event for every change', async () => {
      const { store, clock, lease, take, workers, succeed, states, kinds } = harness();
      await store.createRun(planOf('a', [{ name: 't' }, { name: 's', dependsOn: ['t'], kind: 'distill' }]));
      await workers('w1', 'w2');
      const first = await take();
      expect(first).toMatchObject({
        run: 'a',
        task: 't',
        fence: 1,
        attempt: 1,
        artifactRoot: 'file:///artifacts',
      });
      expect(first.leaseUntil).toEqual(new Date(clock.now().getTime() + leaseMs));
      expect(await states('a')).toEqual({ run: 'RUNNING', t: 'RUNNING', s: 'PENDING' });
      expect(await lease('w2')).toBeUndefined();
      clock.advance(1000);
      const report = { run: 'a', task: 't', fence: 1, step: 20, stepCount: 100, leaseMs };
      const news = {
        metrics: [metricsOf(10), metricsOf(20)],
        message: 'halfway',
        artifacts: { checkpoint: 'a/t/20' },
      };
      expect(await store.reportTask({ ...report, ...news })).toEqual({ cancel: false });
      expect(await store.reportTask({ ...report, step: 30 })).toEqual({ cancel: false });
      const [task] = (await store.getRun('a')).tasks;
      expect(task).toMatchObject({
        step: 30,
        stepCount: 100,
        metrics: metricsOf(20),
        artifacts: { checkpoint: 'a/t/20' },
      });
      expect(task).toMatchObject({ worker: 'w1', leaseUntil: new Date(clock.now().getTime() + leaseMs) });
      const results = { accuracy: 0.91, worst: NaN };
      await store.completeTask({
        run: 'a',
        task: 't',
        fence: 1,
        results,
        artifacts: { weights: 'a/t/w' },
        message: '91 %',
      });
      const done = (await store.getRun('a')).tasks[0];
      expect(done).toMatchObject({
        state: 'SUCCEEDED',
        step: 100,
        results,
        endTime: clock.now(),
        worker: undefined,
      });
      expect(done.artifacts).toEqual({ checkpoint: 'a/t/20', weights: 'a/t/w' });
      await succeed(await take('w2'));
      expect(await states('a')).toEqual({ run: 'SUCCEEDED', t: 'SUCCEEDED', s: 'SUCCEEDED' });
      expect(await kinds('a')).toEqual([
        'run.created',
        'task.started t',
        'task.metrics t',
        'task.metrics t',
        'task.message t',
        'task.succeeded t',
        'task.started s',
        'task.succeeded s',
        'run.ended',
      ]);
      const events = await store.eventsAfter('a', 0);
      expect(events[events.length - 1]).toMatchObject({
        state: 'SUCCEEDED',
        message: 'succeeded with 2 tasks',
      });
      expect(events[1]).toMatchObject({ state: 'RUNNING', message: 'started on worker "w1"' });
      expect(await lease()).toBeUndefined();
    });

    it('start with the oldest run, in planned order, and only kinds the worker does', async () => {
      const { store, lease, workers } = harness();
      await store.createRun(planOf('old', [{ name: 'x', kind: 'evaluate' }, { name: 'y' }, { name: 'z' }]));
      await store.createRun(planOf('new'));
      await workers('w1', 'w2', 'w3', 'w4');
      expect((await lease('w1', ['train']))?.task).toBe('y');
      expect((await lease('w2', ['train']))?.task).toBe('z');
      expect((await lease('w3', ['train']))?.run).toBe('new');
      expect(await lease('w4', ['train'])).toBeUndefined();
      expect((await lease('w4'))?.task).toBe('x');
    });

    it('go where their placement allows', async () => {
      const { store, lease } = harness();
      await store.createRun(
        planOf('a', [
          { name: 'gpu', placement: { device: 'gpu', memoryBytes: 5e9 } },
          { name: 'zone', placement: { labels: { zone: 'b' } } },
        ]),
      );
      await store.registerWorker(workerOf('cpu'));
      await store.registerWorker(workerOf('small', { device: 'gpu' }));
      await store.registerWorker(workerOf('big', { device: 'gpu', memoryBytes: 8e9 }));
      expect(await lease('cpu')).toBeUndefined();
      expect(await lease('small')).toBeUndefined();
      expect((await lease('big'))?.task).toBe('gpu');
      expect((await store.leaseTask({ worker: 'cpu', leaseMs, labels: { zone: 'b' } }))?.task).toBe('zone');
    });

    it('are refused to who is not registered', async () => {
      const { store, lease } = harness();
      await store.createRun(planOf('a'));
      await expect(lease('stranger')).rejects.toMatchObject(lost);
      await expect(store.heartbeat('stranger')).rejects.toMatchObject(lost);
    });

    it('can be given back, and the old lease is worth nothing then', async () => {
      const { store, take, workers, succeed, states } = harness();
      await store.createRun(planOf('a'));
      await workers('w1', 'w2');
      const first = await take();
      await store.releaseTask({ ...first, message: 'draining' });
      await expect(store.reportTask({ ...first, step: 1, stepCount: 2, leaseMs })).rejects.toMatchObject(
        lost,
      );
      await expect(store.completeTask(first)).rejects.toMatchObject(lost);
      await expect(store.releaseTask(first)).rejects.toMatchObject(lost);
      const second = await take('w2');
      expect(second).toMatchObject({ task: first.task, fence: 2, attempt: 2 });
      await expect(store.completeTask(first)).rejects.toMatchObject(lost);
      await succeed(second);
      expect(await states('a')).toMatchObject({ run: 'SUCCEEDED' });
    });

    it('accept the same completion again, and a report after it no more', async () => {
      const { store, take, workers, succeed, kinds } = harness();
      await store.createRun(planOf('a', [{ name: 't' }, { name: 'u' }]));
      await workers('w1');
      const held = await take();
      await succeed(held);
      const events = await kinds('a');
      await succeed(held);
      expect(await kinds('a')).toEqual(events);
      await expect(store.reportTask({ ...held, step: 1, stepCount: 1, leaseMs })).rejects.toMatchObject(lost);
      await expect(store.completeTask({ ...held, fence: 2 })).rejects.toMatchObject(lost);
      await expect(store.completeTask({ run: 'a', task: 'u', fence: 0 })).rejects.toMatchObject(lost);
    });
  });

  describe('failures', () => {
    it('are tried again after a growing pause, then fail the run and stop the rest', async () => {
      const { store, clock, lease, take, workers, states, kinds } = harness();
      const retried = { maxAttempts: 3, backoffMs: 1000 };
      await store.createRun(
        planOf('a', [{ name: 't', ...retried }, { name: 'u' }, { name: 'v', dependsOn: ['t'] }]),
      );
      await workers('w1', 'w2');
      const other = await (async () => {
        const t = await take('w1');
        const u = await take('w2');
        await store.completeTask({ ...t, error: error('UNREACHABLE') });
        return u;
      })();
      expect(await lease('w1')).toBeUndefined();
      const waiting = (await store.getRun('a')).tasks[0];
      expect(waiting).toMatchObject({ state: 'PENDING', error: { reason: 'UNREACHABLE' } });
      expect(waiting.notBefore).toEqual(new Date(clock.now().getTime() + 1000));
      clock.advance(1000);
      await store.completeTask({ ...(await take('w1')), error: error('UNREACHABLE') });
      clock.advance(1999);
      expect(await lease('w1')).toBeUndefined();
      clock.advance(1);
      const third = await take('w1');
      expect(third).toMatchObject({ fence: 3, attempt: 3 });
      await store.completeTask({ ...third, error: error('UNREACHABLE') });
      expect(await states('a')).toEqual({ run: 'FAILED', t: 'FAILED', u: 'CANCELLED', v: 'CANCELLED' });
      expect(await store.getRun('a')).toMatchObject({
        error: { reason: 'UNREACHABLE', message: 'a UNREACHABLE of the test' },
      });
      expect(await store.reportTask({ ...other, step: 1, stepCount: 2, leaseMs })).toEqual({ cancel: true });
      await store.completeTask(other);
      expect(await states('a')).toMatchObject({ u: 'CANCELLED' });
      expect((await kinds('a')).filter((kind) => kind.startsWith('task.retrying'))).toHaveLength(2);
      expect((await kinds('a')).slice(-4)).toEqual([
        'task.failed t',
        'task.cancelled u',
        'task.cancelled v',
        'run.ended',
      ]);
      await store.resumeRun('a');
      await store.completeTask({ ...(await take('w1')), error: error('UNREACHABLE') });
      expect(await states('a')).toEqual({ run: 'RUNNING', t: 'PENDING', u: 'PENDING', v: 'PENDING' });
    });

    it('that another try would not mend fail the run at once', async () => {
      const { store, take, workers, states } = harness();
      await store.createRun(planOf('a'));
      await workers('w1');
      await store.completeTask({ ...(await take()), error: error('SHAPE_MISMATCH') });
      expect(await states('a')).toMatchObject({ run: 'FAILED' });
      await store.createRun(planOf('b'));
      await store.completeTask({ ...(await take()), error: error('SHAPE_MISMATCH'), retryable: true });
      expect(await states('b')).toMatchObject({ run: 'RUNNING', teacher: 'PENDING' });
    });

    it('leave finished tasks alone when the run is resumed', async () => {
      const { store, take, workers, succeed, states, kinds } = harness();
      await store.createRun(planOf('a', [{ name: 't' }, { name: 'u', dependsOn: ['t'] }]));
      await workers('w1');
      await succeed(await take());
      await store.completeTask({ ...(await take()), error: error('SHAPE_MISMATCH') });
      const resumed = await store.resumeRun('a');
      expect(resumed).toMatchObject({ state: 'RUNNING', error: undefined, endTime: undefined });
      expect(await states('a')).toEqual({ run: 'RUNNING', t: 'SUCCEEDED', u: 'PENDING' });
      const again = await take();
      expect(again).toMatchObject({ task: 'u', fence: 2, attempt: 2 });
      expect((await store.resumeRun('a')).lastSequence).toBe((await store.getRun('a')).lastSequence);
      await succeed(again);
      expect(await states('a')).toMatchObject({ run: 'SUCCEEDED' });
      expect((await store.resumeRun('a')).state).toBe('SUCCEEDED');
      expect((await kinds('a')).filter((kind) => kind.startsWith('run.'))).toEqual([
        'run.created',
        'run.ended',
        'run.resumed',
        'run.ended',
      ]);
    });
  });
}
