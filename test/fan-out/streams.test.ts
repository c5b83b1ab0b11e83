import { beforeAll, describe, expect, it } from 'vitest';
import { startTeacher } from '../processes/fleet.js';
import { fileScope } from '../processes/scope.js';
import type { Served } from '../processes/service.js';
import { AskingStream } from './asking-stream.js';

/** Keys of samples, and keys of whole batches (sp, irg). */
const methods = ['kd', 'sp', 'rkd', 'irg'];
const steps = Array.from({ length: 40 }, (_, step) => step);

const scope = fileScope();
/** Answers of a teacher to one student at a time, by method and step. */
const alone: Record<string, string[]> = {};

/** Teachers whose memory holds a few answers at most, or all. */
const teacher = (cacheBytes = 2 ** 28) =>
  startTeacher(scope, { args: ['--cache-bytes', String(cacheBytes)] });

const open = (served: Served, method: string) => AskingStream.open(scope, served, method);

/** Ends a teacher and its streams; how many forward passes it ran. */
async function passesOf(served: Served, streams: readonly AskingStream[] = []): Promise<number> {
  for (const stream of streams) await stream.end();
  await served.process.stop();
  const [line] = await served.process.says(/^.*"answered in all".*$/m);
  return (JSON.parse(line) as { passes: number }).passes;
}

beforeAll(async () => {
  const served = await teacher();
  for (const method of methods) {
    const stream = await open(served, method);
    alone[method] = [];
    for (const step of steps) alone[method].push(await stream.ask(step));
    await stream.end();
  }
  expect(await passesOf(served)).toBe(methods.length * steps.length);
});

describe('students of one teacher who follow the same batches', () => {
  it('share each forward pass, side by side and at different speeds, and get the same bits as alone', async () => {
    const served = await teacher();
    const streams = await Promise.all(methods.map((method) => open(served, method)));
    const answers = methods.map((): string[] => []);
    const take = async (which: number, count: number) => {
      for (let i = 0; i < count; i += 1) {
        const got = answers[which];
        if (got.length < steps.length) got.push(await streams[which].ask(got.length));
      }
    };
    for (let round = 0; round < steps.length; round += 1)
      await Promise.all([take(0, 3), take(1, 1), take(2, 2), take(3, 1)]);
    for (const [i, method] of methods.entries()) expect(answers[i], method).toEqual(alone[method]);
    expect(await passesOf(served, streams)).toBe(steps.length);
  });

  it('get the same bits when memory is too short for what was computed for them', async () => {
    const served = await teacher(2000);
    const [kd, sp] = [await open(served, 'kd'), await open(served, 'sp')];
    for (const step of steps) {
      expect(await kd.ask(step)).toBe(alone.kd[step]);
      // Far behind, so that its answers have been dropped.
      if (step >= 30) expect(await sp.ask(step - 30)).toBe(alone.sp[step - 30]);
    }
    const passes = await passesOf(served, [kd, sp]);
    expect(passes).toBeGreaterThan(steps.length);
    expect(passes).toBeLessThanOrEqual(steps.length + 10);
  });

  it('may come late, end early, and ask again for older batches', async () => {
    const served = await teacher();
    const kd = await open(served, 'kd');
    for (const step of [0, 1, 2, 3]) expect(await kd.ask(step)).toBe(alone.kd[step]);
    const late = await open(served, 'sp');
    for (const step of [0, 1, 2, 3, 4, 5]) expect(await late.ask(step)).toBe(alone.sp[step]);
    await late.end();
    for (const step of [4, 5, 6, 7]) expect(await kd.ask(step)).toBe(alone.kd[step]);
    const resumed = await open(served, 'sp');
    for (const step of [2, 3, 4, 5, 6, 7, 8, 9]) expect(await resumed.ask(step)).toBe(alone.sp[step]);
    for (const step of [8, 9, 10]) expect(await kd.ask(step)).toBe(alone.kd[step]);
    expect(await resumed.ask(10)).toBe(alone.sp[10]);
    // kd: 0-3, 6, 7, 10; the late one: 0-5, of which kd took 4 and 5; the resumed one: 2-9, of which kd took 8 and 9.
    expect(await passesOf(served, [kd, resumed])).toBe(7 + 6 + 8);
  });
});
