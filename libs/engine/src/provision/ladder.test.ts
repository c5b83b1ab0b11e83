import { lstat, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LyceumError } from '@lyceum/errors';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NativePackage } from '../backends/native-package.js';
import type { SmokeResult } from '../smoke.js';
import { Ladder } from './provision-engine.js';
import type { Rung } from './rung.js';

const passed = { hash: 'h', losses: [1], leakedTensors: 0, engine: {} } as unknown as SmokeResult;

/** A way that writes two small files instead of a library of 600 MB. */
function smallRung(id: Rung['id'], content: string, refusal?: string): Rung & { fills: number } {
  const rung = {
    id,
    brings: `${id}-1`,
    fills: 0,
    refusal: () => Promise.resolve(refusal),
    async fill(_: unknown, folder: string) {
      rung.fills += 1;
      await mkdir(join(folder, 'deps', 'lib'), { recursive: true });
      await mkdir(join(folder, 'lib', 'napi-v8'), { recursive: true });
      await writeFile(join(folder, 'deps', 'lib', 'libtensorflow.so'), content);
      await writeFile(join(folder, 'lib', 'napi-v8', 'tfjs_binding.node'), content);
    },
  };
  return rung;
}

function failingOnce(error: Error): () => Promise<SmokeResult> {
  const errors = [error];
  return async () => {
    const next = errors.pop();
    if (next !== undefined) throw next;
    return passed;
  };
}

describe('the ladder', () => {
  let root: string;
  let target: NativePackage;
  const lines: string[] = [];
  const report = (phase: string, text: string) => void lines.push(`${phase}: ${text}`);
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'lyceum-ladder-'));
    vi.stubEnv('LYCEUM_CACHE_DIR', join(root, 'cache'));
    target = await packageIn('checkout');
    lines.length = 0;
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(root, { recursive: true });
  });

  async function packageIn(checkout: string): Promise<NativePackage> {
    const folder = join(root, checkout, 'tfjs-node');
    await mkdir(folder, { recursive: true });
    const addon = join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');
    return { variant: 'cpu', name: '@tensorflow/tfjs-node', version: '4.22.0', folder, addon };
  }
  const ladder = (rungs: Rung[], smoke = () => Promise.resolve(passed), place = target) =>
    new Ladder(place, rungs, report, smoke);

  it('takes the first way that suits, links it, and does nothing the second time', async () => {
    const official = smallRung('official', 'a');
    const wheel = smallRung('wheel', 'b');
    expect(await ladder([official, wheel]).climb(false)).toMatchObject({ source: 'official', smoke: passed });
    expect(await readFile(target.addon, 'utf8')).toBe('a');
    expect((await lstat(join(target.folder, 'deps'))).isSymbolicLink()).toBe(true);
    let smokes = 0;
    const counting = () => Promise.resolve(((smokes += 1), passed));
    expect(await ladder([official, wheel], counting).climb(false)).toMatchObject({ source: 'place' });
    expect([official.fills, wheel.fills, smokes]).toEqual([1, 0, 0]);
  });

  it('goes on to the next way when one does not suit or fails', async () => {
    const failing = { ...smallRung('official', 'a'), fill: () => Promise.reject(new Error('half a file')) };
    expect(await ladder([failing, smallRung('wheel', 'b')]).climb(false)).toMatchObject({ source: 'wheel' });
    expect(lines).toContain('check: official: half a file');
    expect(await readFile(target.addon, 'utf8')).toBe('b');
  });

  it('serves a second checkout from the cache', async () => {
    const wheel = smallRung('wheel', 'b');
    await ladder([wheel]).climb(false);
    const second = await packageIn('second');
    expect(await ladder([wheel], undefined, second).climb(false)).toMatchObject({ source: 'cache' });
    expect(await readFile(second.addon, 'utf8')).toBe('b');
    expect(wheel.fills).toBe(1);
  });

  it('makes a damaged entry again', async () => {
    const wheel = smallRung('wheel', 'b');
    const { folder = '' } = await ladder([wheel]).climb(false);
    await writeFile(join(folder, 'deps', 'lib', 'libtensorflow.so'), 'cut off');
    expect(await ladder([wheel]).climb(false)).toMatchObject({ source: 'wheel' });
    expect(lines.join('\n')).toContain('is damaged and is made again');
    expect(await readFile(join(folder, 'deps', 'lib', 'libtensorflow.so'), 'utf8')).toBe('b');
  });

  it('makes an entry again that is whole and does not work here', async () => {
    const wheel = smallRung('wheel', 'b');
    await ladder([wheel]).climb(false);
    const second = await packageIn('second');
    const smoke = failingOnce(new LyceumError('MISSING_DEPENDENCY', 'illegal instruction'));
    expect(await ladder([wheel], smoke, second).climb(false)).toMatchObject({ source: 'wheel' });
    expect(wheel.fills).toBe(2);
  });

  it('keeps what somebody has built into the package by hand, as long as it works', async () => {
    const wheel = smallRung('wheel', 'b');
    await smallRung('official', 'by hand').fill({} as never, target.folder);
    expect(await ladder([wheel]).climb(false)).toEqual({ variant: 'cpu', source: 'place', smoke: passed });
    const smoke = failingOnce(new Error('wrong library'));
    expect(await ladder([wheel], smoke).climb(false)).toMatchObject({ source: 'wheel' });
    expect(await readFile(target.addon, 'utf8')).toBe('b');
  });

  it('builds anew when forced', async () => {
    const wheel = smallRung('wheel', 'b');
    await ladder([wheel]).climb(false);
    expect(await ladder([wheel]).climb(true)).toMatchObject({ source: 'wheel' });
    expect(wheel.fills).toBe(2);
  });

  it('lets two processes share one build', async () => {
    const wheel = smallRung('wheel', 'b');
    const second = await packageIn('second');
    const results = await Promise.all([
      ladder([wheel]).climb(false),
      ladder([wheel], undefined, second).climb(false),
    ]);
    expect(results.map(({ source }) => source).sort()).toEqual(['cache', 'wheel']);
    expect(wheel.fills).toBe(1);
    expect(lines).toContain('wait: another process is at it; waiting for it to finish');
  });

  it('says for each way why it does not work', async () => {
    const rungs = [
      smallRung('official', 'a', 'the host can not be reached'),
      smallRung('wheel', 'b', 'pip is missing: apt-get install -y python3-pip'),
    ];
    await expect(ladder(rungs).climb(false)).rejects.toMatchObject({
      reason: 'MISSING_DEPENDENCY',
      message:
        'engine: @tensorflow/tfjs-node can not be provisioned. official: the host can not be reached. ' +
        'wheel: pip is missing: apt-get install -y python3-pip',
    });
  });

  it('stops at a full disk instead of trying the next way', async () => {
    const full = {
      ...smallRung('official', 'a'),
      fill: () => Promise.reject(Object.assign(new Error('write'), { code: 'ENOSPC' })),
    };
    const wheel = smallRung('wheel', 'b');
    await expect(ladder([full, wheel]).climb(false)).rejects.toMatchObject({ reason: 'DISK_FULL' });
    expect(wheel.fills).toBe(0);
  });
});
