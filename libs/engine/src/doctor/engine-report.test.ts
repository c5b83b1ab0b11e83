import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as Engine from '../index.js';
import { nodeCheck } from './engine-report.js';

const engine = (await import(new URL('../../dist/index.js', import.meta.url).href)) as typeof Engine;
const byName = ({ checks }: Engine.EngineReport) =>
  Object.fromEntries(checks.map((check) => [check.name, check]));

describe('the doctor', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lyceum-doctor-'));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });

  it('says what Lyceum would run on, having trained on it', async () => {
    const report = await engine.engineReport();
    expect(report.engine).toMatchObject({ backend: 'cpu', device: 'cpu', node: process.version });
    expect(report.checks.filter(({ state }) => state === 'problem')).toEqual([]);
    const { backend, tensorflow, device, threads, cache } = byName(report);
    expect(backend.found).toContain('@tensorflow/tfjs-node 4.22.0');
    expect(tensorflow.found).toMatch(/^\d+\.\d+\.\d+/);
    expect([device.found, threads.state, cache.state]).toEqual(['cpu', 'ok', 'ok']);
  });

  it('says how to get each tool that is missing', async () => {
    vi.stubEnv('PATH', folder);
    const { python, pip, compiler, make } = byName(await engine.engineReport());
    expect(python).toMatchObject({ found: 'not found', fix: 'apt-get install -y python3' });
    expect(pip.fix).toContain('python3-pip');
    expect(compiler.fix).toContain('g++');
    expect(make.fix).toContain('make');
  });

  it('notices a limit on threads that somebody has set', async () => {
    vi.stubEnv('TF_NUM_INTRAOP_THREADS', '1');
    vi.stubEnv('LYCEUM_CACHE_DIR', join(folder, 'new'));
    const { threads, cache } = byName(await engine.engineReport());
    const isOnlyOne = engine.processorCount() === 1;
    expect(threads.state).toBe(isOnlyOne ? 'ok' : 'warning');
    expect(cache.found).toMatch(/new, \d+\.\d GB free$/);
  });

  it('finds a cache folder that can not be written', async () => {
    await writeFile(join(folder, 'file'), '');
    await chmod(join(folder, 'file'), 0o400);
    vi.stubEnv('LYCEUM_CACHE_DIR', join(folder, 'file', 'cache'));
    const { cache } = byName(await engine.engineReport());
    expect(cache).toMatchObject({ state: 'problem' });
    expect(cache.fix).toContain('LYCEUM_CACHE_DIR');
  });

  it.each([
    ['v20.18.3', 'problem'],
    ['v20.19.0', 'ok'],
    ['v18.20.0', 'problem'],
    ['v22.1.0', 'ok'],
    ['v24.21.0', 'ok'],
  ])('judges Node %s: %s', (version, state) => {
    expect(nodeCheck(version).state).toBe(state);
  });
});
