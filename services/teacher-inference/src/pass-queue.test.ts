import { LyceumError } from '@lyceum/errors';
import { hostTensor } from '@lyceum/tensor';
import { describe, expect, it } from 'vitest';
import { PassQueue, type PassPlan } from './pass-queue.js';
import type { BatchContent, PlanAnswer } from './worker/inference-api.js';

const content: BatchContent = { kind: 'samples', indices: Int32Array.of(1), view: 0 };
const [kd, at, sp] = ['kd', 'at', 'sp'].map((name): PassPlan => ({ group: 'g', content: name }));
const otherGroup: PassPlan = { group: 'h', content: 'kd' };

interface Started {
  readonly plans: string[];
  /** Ends the pass: every plan gets its own name, one that is said to fail an error. */
  end(failing?: string): void;
  fail(error: LyceumError): void;
}

/** A queue whose passes end when the test says so. */
function makeQueue(fellows: readonly PassPlan[] = [], keeping?: Promise<void>) {
  const started: Started[] = [];
  const kept: string[][] = [];
  const queue = new PassQueue<PassPlan>({
    run: (plans) =>
      new Promise((resolve, reject) => {
        const end = (failing?: string) => resolve(plans.map((plan) => answerTo(plan, failing)));
        started.push({ plans: plans.map((plan) => plan.content), end, fail: reject });
      }),
    fellowsOf: ({ askers }) => fellows.filter((fellow) => !askers.has(fellow)),
    keep: ({ askers }, others, answers) => {
      kept.push([`${askers.size} asked`, ...others.map((other) => other.content), `${answers.size} answers`]);
      return keeping;
    },
  });
  return { queue, started, kept };
}

function answerTo({ content: name }: PassPlan, failing?: string): PlanAnswer {
  if (name === failing) return { error: new LyceumError('INTERNAL', `${name} failed`).toRecord() };
  return { tensors: [hostTensor(name, Float32Array.of(1), [1])] };
}

const nameIn = async (answer: Promise<PlanAnswer> | undefined) => (await answer)?.tensors?.[0].name;

describe('forward passes that were asked for', () => {
  it('are joined by whoever asks for the same batch before they start', async () => {
    const { queue, started } = makeQueue();
    const first = [queue.ask(kd, content, 'b0'), queue.ask(kd, content, 'b1')];
    const mine = queue.ask(kd, content, 'b2');
    const joined = queue.join(at, 'b2');
    expect(queue.join(at, 'b3')).toBeUndefined();
    expect(queue.join(otherGroup, 'b2')).toBeUndefined();
    // Two at a time; the third waits.
    expect(started.map(({ plans }) => plans)).toEqual([['kd'], ['kd']]);
    for (const pass of started) pass.end();
    await Promise.all(first);
    await Promise.resolve();
    expect(started[2].plans).toEqual(['kd', 'at']);
    started[2].end();
    expect([await nameIn(mine), await nameIn(joined)]).toEqual(['kd', 'at']);
  });

  it('compute for fellows, who join while they run', async () => {
    const { queue, started, kept } = makeQueue([at, sp]);
    const mine = queue.ask(kd, content, 'b0');
    expect(started[0].plans).toEqual(['kd', 'at', 'sp']);
    const joined = queue.join(at, 'b0');
    started[0].end();
    expect([await nameIn(mine), await nameIn(joined)]).toEqual(['kd', 'at']);
    expect(kept).toEqual([['2 asked', 'at', 'sp', '3 answers']]);
    expect(queue.join(sp, 'b0')).toBeUndefined();
  });

  it('are answered when what they gave is kept; the next ones run meanwhile', async () => {
    let end: () => void = () => undefined;
    const { queue, started, kept } = makeQueue([], new Promise<void>((resolve) => (end = resolve)));
    const seen: string[] = [];
    const asked = ['b0', 'b1', 'b2'].map(async (batch) => {
      await queue.ask(kd, content, batch);
      seen.push(batch);
    });
    started[0].end();
    started[1].end();
    await new Promise(setImmediate);
    expect([kept.length, started.length, seen]).toEqual([2, 3, []]);
    started[2].end();
    end();
    await Promise.all(asked);
    expect(seen).toEqual(['b0', 'b1', 'b2']);
  });

  it('are not joined, once they run, by one that they do not compute for', () => {
    const { queue, started } = makeQueue();
    const mine = queue.ask(kd, content, 'b0');
    expect(queue.join(at, 'b0')).toBeUndefined();
    const others = queue.ask(at, content, 'b0');
    expect(started.map(({ plans }) => plans)).toEqual([['kd'], ['at']]);
    expect(mine).not.toBe(others);
  });

  it('compute once for plans of the same content', async () => {
    const { queue, started } = makeQueue();
    const twin = { ...kd };
    const mine = queue.ask(kd, content, 'b0');
    const joined = queue.join(twin, 'b0');
    expect(started[0].plans).toEqual(['kd']);
    started[0].end();
    expect([await nameIn(mine), await nameIn(joined)]).toEqual(['kd', 'kd']);
  });

  it('fail for the one whose key fails, and for all when the network does', async () => {
    const { queue, started } = makeQueue([at]);
    const mine = queue.ask(kd, content, 'b0');
    const joined = queue.join(at, 'b0');
    started[0].end('at');
    expect(await nameIn(mine)).toBe('kd');
    expect((await joined)?.error?.message).toBe('at failed');
    const failing = [queue.ask(kd, content, 'b1'), queue.join(at, 'b1')];
    started[1].fail(new LyceumError('INTERNAL', 'out of memory'));
    for (const answer of failing) await expect(answer).rejects.toThrow('out of memory');
    const next = queue.ask(kd, content, 'b2');
    started[2].end();
    expect(await nameIn(next)).toBe('kd');
  });

  it('are forgotten when nobody waits for them any more', async () => {
    const { queue, started } = makeQueue();
    const [, , alone, shared] = ['b0', 'b1', 'b2', 'b3'].map((batch) => queue.ask(kd, content, batch));
    const joined = queue.join(at, 'b3');
    queue.drop(kd);
    await expect(alone).rejects.toThrow('the stream ended');
    for (const pass of started) pass.end();
    await expect.poll(() => started.length).toBe(3);
    expect(started[2].plans).toEqual(['at']);
    started[2].end();
    expect(await nameIn(joined)).toBe('at');
    await expect(shared).rejects.toThrow('the stream ended');
  });

  it('are for one alone when their batch has no name', () => {
    const { queue, started } = makeQueue([at]);
    const answers = [queue.ask(kd, content), queue.ask(kd, content)];
    expect(started.map(({ plans }) => plans)).toEqual([['kd'], ['kd']]);
    expect(answers[0]).not.toBe(answers[1]);
  });
});
