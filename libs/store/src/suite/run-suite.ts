import { LyceumError } from '@lyceum/errors';
import { describe, expect, it } from 'vitest';
import type { TaskPlan } from '../records.js';
import { leaseMs, lost, type Harness } from './harness.js';
import { metricsOf, planOf } from './plans.js';

export function describeRuns(harness: () => Harness): void {
  describe('runs', () => {
    it('gives back what was planned', async () => {
      const { store, clock, take, workers, succeed } = harness();
      const spec = {
        seed: 7,
        losses: [{ loss: 'kd', params: { temperature: 4 } }],
        text: 'ä "quoted" \\ \n',
      };
      const made = await store.createRun(
        planOf('fashion/kd-1', [
          { name: 'teacher' },
          { name: 'student/a', dependsOn: ['teacher'], kind: 'distill', spec },
        ]),
      );
      expect(made).toMatchObject({
        name: 'fashion/kd-1',
        state: 'PENDING',
        recipe: 'kind: Distillation',
        artifactRoot: 'file:///artifacts',
        createTime: clock.now(),
        lastSequence: 1,
      });
      expect(made.tasks.map((task) => task.name)).toEqual(['teacher', 'student/a']);
      expect(made.tasks[1]).toMatchObject({
        state: 'PENDING',
        dependsOn: ['teacher'],
        attempt: 0,
        fence: 0,
        results: {},
      });
      expect(await store.getRun('fashion/kd-1')).toEqual(made);
      await workers('w1');
      await succeed(await take());
      expect((await take()).spec).toEqual(spec);
    });

    it('answers a repeated request with the run of the first, also when they come at once', async () => {
      const { store, kinds } = harness();
      const plan = planOf('a');
      const [first, ...others] = await Promise.all([1, 2, 3].map(() => store.createRun(plan)));
      for (const other of others) expect(other).toEqual(first);
      expect(await store.createRun({ ...planOf('b'), requestId: plan.requestId })).toEqual(first);
      expect(await kinds('a')).toEqual(['run.created']);
    });

    it('refuses the name of another request', async () => {
      const { store } = harness();
      await store.createRun(planOf('a'));
      const again = store.createRun({ ...planOf('a'), requestId: 'another' });
      await expect(again).rejects.toMatchObject({ reason: 'ALREADY_EXISTS' });
    });

    it('names everything that is wrong with a plan', async () => {
      const { store } = harness();
      const tasks = [
        { name: 'a', dependsOn: ['x'] },
        { name: 'a' },
        { name: '', maxAttempts: 0, backoffMs: -1 },
      ];
      const plan = { ...planOf('\n', tasks), requestId: '' };
      const violations = ['name', 'requestId', 'tasks[0].dependsOn[0]', 'tasks[1].name'];
      violations.push('tasks[2].name', 'tasks[2].maxAttempts', 'tasks[2].backoffMs');
      await expect(store.createRun(plan)).rejects.toMatchObject({
        reason: 'INVALID_FIELD',
        violations: violations.map((field) => ({ field })),
      });
      await expect(store.createRun(planOf('a', []))).rejects.toThrow('tasks: must have at least one task');
    });

    it.each<[string, Partial<TaskPlan>[]]>([
      [
        'in a circle',
        [
          { name: 'a', dependsOn: ['b'] },
          { name: 'b', dependsOn: ['a'] },
        ],
      ],
      ['on themselves', [{ name: 'a', dependsOn: ['a'] }]],
      [
        'on what waits for their gang',
        [
          { name: 'a', gang: 'g', dependsOn: ['c'] },
          { name: 'b', gang: 'g' },
          { name: 'c', dependsOn: ['b'] },
        ],
      ],
      [
        'on their own gang',
        [
          { name: 'a', gang: 'g', dependsOn: ['b'] },
          { name: 'b', gang: 'g' },
        ],
      ],
    ])('refuses tasks that wait %s', async (_what, tasks) => {
      const { store } = harness();
      await expect(store.createRun(planOf('a', tasks))).rejects.toMatchObject({ reason: 'INVALID_FIELD' });
    });

    it('lists the newest first, page by page, without recipe texts', async () => {
      const { store } = harness();
      for (const name of ['a', 'b', 'c', 'd', 'e']) await store.createRun(planOf(name));
      const first = await store.listRuns(2);
      expect(first.runs.map((run) => [run.name, run.recipe, run.tasks.length])).toEqual([
        ['e', '', 1],
        ['d', '', 1],
      ]);
      await store.createRun(planOf('f'));
      const second = await store.listRuns(2, first.nextPageToken);
      const third = await store.listRuns(2, second.nextPageToken);
      expect([...second.runs, ...third.runs].map((run) => run.name)).toEqual(['c', 'b', 'a']);
      expect(third.nextPageToken).toBe('');
      expect((await store.listRuns()).runs).toHaveLength(6);
      await expect(store.listRuns(2, 'nonsense')).rejects.toMatchObject({
        violations: [{ field: 'page_token' }],
      });
      await expect(store.listRuns(-1)).rejects.toMatchObject({ violations: [{ field: 'page_size' }] });
    });

    it('names the nearest run for one there is none of, in every method', async () => {
      const { store } = harness();
      await store.createRun(planOf('fashion-1'));
      const unknown = { reason: 'UNKNOWN_NAME', metadata: { nearest: 'fashion-1' } };
      const ref = { run: 'fashion-2', task: 't', fence: 1 };
      await expect(store.getRun('fashion-2')).rejects.toMatchObject(unknown);
      await expect(store.cancelRun('fashion-2')).rejects.toMatchObject(unknown);
      await expect(store.resumeRun('fashion-2')).rejects.toMatchObject(unknown);
      await expect(store.eventsAfter('fashion-2', 0)).rejects.toMatchObject(unknown);
      await expect(store.appendEvent('fashion-2', { kind: 'note', message: '' })).rejects.toMatchObject(
        unknown,
      );
      await expect(store.waitForEvent('fashion-2', 0, 10)).rejects.toMatchObject(unknown);
      await expect(store.completeTask(ref)).rejects.toMatchObject(unknown);
      await expect(store.completeTask({ ...ref, run: 'fashion-1' })).rejects.toThrow(
        'run "fashion-1" has no task "t"',
      );
    });
  });

  describe('events', () => {
    it('numbers them by 1 without a gap, however many write at once', async () => {
      const { store } = harness();
      await store.createRun(planOf('a'));
      const texts = Array.from({ length: 30 }, (_, index) => `note ${index}`);
      const made = await Promise.all(
        texts.map((message) => store.appendEvent('a', { kind: 'note', message })),
      );
      expect(made.map((event) => event.sequence).sort((x, y) => x - y)).toEqual(
        texts.map((_, index) => index + 2),
      );
      const read = await store.eventsAfter('a', 0);
      expect(read.map((event) => event.sequence)).toEqual(read.map((_, index) => index + 1));
      expect(read[30]).toEqual(made.find((event) => event.sequence === 31));
      expect((await store.eventsAfter('a', 5, 3)).map((event) => event.sequence)).toEqual([6, 7, 8]);
      expect(await store.eventsAfter('a', 31)).toEqual([]);
    });

    it('keeps numbers as they were, also those that JSON has no form for', async () => {
      const { store } = harness();
      await store.createRun(planOf('a'));
      const metrics = { ...metricsOf(3), loss: NaN, losses: { kd: Infinity, ce: -Infinity, at: 1e-300 } };
      await store.appendEvent('a', { kind: 'note', message: 'half \ud800 and \0', task: 'x/y', metrics });
      const [event] = await store.eventsAfter('a', 1);
      expect(event).toMatchObject({
        task: 'x/y',
        message: 'half \uFFFD and \uFFFD',
        metrics,
        state: 'PENDING',
      });
    });

    it('wakes who waits as soon as there is one, and lets others wait on', async () => {
      const { store } = harness();
      await store.createRun(planOf('a'));
      await store.createRun(planOf('b'));
      expect(await store.waitForEvent('a', 0, 0)).toBe(true);
      expect(await store.waitForEvent('a', 1, 0)).toBe(false);
      let other = 'waiting';
      const waitingForB = store.waitForEvent('b', 1, 60_000).then((woken) => (other = String(woken)));
      const waiting = store.waitForEvent('a', 1, 60_000);
      await store.appendEvent('a', { kind: 'note', message: 'now' });
      expect(await waiting).toBe(true);
      expect(other).toBe('waiting');
      const change = store.waitForChange(60_000);
      await store.cancelRun('b');
      expect(await change).toBe(true);
      await waitingForB;
      expect(other).toBe('true');
    });

    it('stops waiting when the signal fires', async () => {
      const { store } = harness();
      await store.createRun(planOf('a'));
      const stop = new AbortController();
      const waiting = store.waitForEvent('a', 1, 60_000, stop.signal);
      const change = store.waitForChange(60_000, stop.signal);
      stop.abort();
      expect(await waiting).toBe(false);
      expect(await change).toBe(false);
    });
  });

  describe('failing a whole run', () => {
    it('tells why, stops what is in work, keeps what is finished, and can be undone by resuming', async () => {
      const { store, take, workers, succeed, states } = harness();
      await store.createRun(planOf('a', [{ name: 't' }, { name: 'u' }, { name: 'v' }]));
      await workers('w1', 'w2');
      await succeed(await take());
      const held = await take('w2');
      const error = new LyceumError('UNREACHABLE', 'process "trainer-1" cannot start').toRecord();
      expect(await store.failRun('a', error)).toMatchObject({
        state: 'FAILED',
        error: { reason: 'UNREACHABLE', message: error.message },
      });
      expect(await states('a')).toEqual({ run: 'FAILED', t: 'SUCCEEDED', u: 'CANCELLED', v: 'CANCELLED' });
      const { lastSequence } = await store.failRun('a', error);
      expect((await store.eventsAfter('a', lastSequence - 1))[0]).toMatchObject({
        kind: 'run.ended',
        message: error.message,
      });
      expect(await store.reportTask({ ...held, step: 1, stepCount: 2, leaseMs })).toEqual({ cancel: true });
      expect((await store.resumeRun('a')).error).toBeUndefined();
      expect(await states('a')).toEqual({ run: 'RUNNING', t: 'SUCCEEDED', u: 'PENDING', v: 'PENDING' });
    });
  });

  describe('cancelling', () => {
    it('tells the worker to stop, keeps what is finished, and can be undone by resuming', async () => {
      const { store, clock, lease, take, workers, succeed, states, kinds } = harness();
      await store.createRun(planOf('a', [{ name: 't' }, { name: 'u' }, { name: 'v' }]));
      await workers('w1', 'w2');
      await succeed(await take());
      const held = await take('w2');
      expect(await store.cancelRun('a', 'cancelled by Ada')).toMatchObject({
        state: 'CANCELLED',
        endTime: clock.now(),
      });
      expect(await states('a')).toEqual({ run: 'CANCELLED', t: 'SUCCEEDED', u: 'CANCELLED', v: 'CANCELLED' });
      const { lastSequence } = await store.cancelRun('a');
      expect(lastSequence).toBe((await kinds('a')).length);
      expect(await lease()).toBeUndefined();
      expect(await store.reportTask({ ...held, step: 1, stepCount: 2, leaseMs })).toEqual({ cancel: true });
      await store.releaseTask(held);
      await store.resumeRun('a');
      await expect(store.reportTask({ ...held, step: 1, stepCount: 2, leaseMs })).rejects.toMatchObject(lost);
      expect(await states('a')).toEqual({ run: 'RUNNING', t: 'SUCCEEDED', u: 'PENDING', v: 'PENDING' });
    });

    it('of a run that never started leaves one that starts anew', async () => {
      const { store } = harness();
      await store.createRun(planOf('a'));
      await store.cancelRun('a');
      expect((await store.resumeRun('a')).state).toBe('PENDING');
    });
  });
}
