import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from './machine/run-command.js';
import type { SmokeResult } from './smoke.js';
import { engineInfo, startEngine } from './start-engine.js';
import { tf } from './tf.js';

// One engine lives in a thread, so every other one is started in a process of its own.
const command = fileURLToPath(new URL('../dist/smoke-command.js', import.meta.url));
const smokeIn = (args: string[], env: Record<string, string> = {}) =>
  runCommand(process.execPath, [command, ...args], { env });
const resultOf = ({ stdout }: { stdout: string }) => JSON.parse(stdout) as SmokeResult;

describe('the engine', () => {
  beforeAll(async () => {
    expect(await engineInfo()).toBeUndefined();
    await startEngine({ backend: 'cpu', threads: 1 });
  });

  it('says what runs', async () => {
    expect(await engineInfo()).toMatchObject({
      backend: 'cpu',
      package: '@tensorflow/tfjs-node',
      packageVersion: '4.22.0',
      device: 'cpu',
      threads: 1,
      node: process.version,
      notes: [],
    });
    expect(tf.getBackend()).toBe('tensorflow');
  });

  it('is started once, and refuses to become another one', async () => {
    expect(await startEngine({ backend: 'cpu', threads: 1 })).toBe(await engineInfo());
    await expect(startEngine({ backend: 'js' })).rejects.toMatchObject({
      reason: 'WRONG_STATE',
      message: 'engine: cpu with 1 threads already runs in this thread; start another worker',
    });
  });

  it('refuses what is not a backend or a thread count, and says what is', async () => {
    await expect(startEngine({ backend: 'tpu' as 'cpu' })).rejects.toMatchObject({
      violations: [
        { field: 'engine.backend', description: 'must be one of auto, gpu, cpu, wasm, js, found "tpu"' },
      ],
    });
    await expect(startEngine({ threads: 0 })).rejects.toMatchObject({
      violations: [{ field: 'engine.threads' }],
    });
    await expect(startEngine({ threads: 1.5 })).rejects.toThrow(
      'must be a whole number from 1 to 1024, found 1.5',
    );
  });

  it.each(['wasm', 'js'])(
    'trains without native TensorFlow, on %s, and says loudly that it does',
    async (backend) => {
      const native = resultOf(await smokeIn(['cpu']));
      const { engine, losses, leakedTensors } = resultOf(await smokeIn([backend]));
      expect(engine).toMatchObject({ backend, threads: 1 });
      expect(engine.tensorflowVersion).toBeUndefined();
      expect(engine.notes.join()).toContain('NATIVE TENSORFLOW IS NOT IN USE');
      expect(engine.notes.join()).toContain('node scripts/provision.mjs');
      losses.forEach((loss, step) => expect(loss).toBeCloseTo(native.losses[step], 4));
      expect(leakedTensors).toBe(0);
    },
  );

  it('prints nothing but the answer', async () => {
    for (const backend of ['cpu', 'wasm', 'js'])
      expect((await smokeIn([backend])).output).toMatch(/^\{.*\}\n$/);
  });

  it('takes its threads from the option, then from the environment', async () => {
    const env = { TF_NUM_INTRAOP_THREADS: '1' };
    expect(resultOf(await smokeIn(['cpu'], env)).engine.threads).toBe(1);
    expect(resultOf(await smokeIn(['cpu', '2'], env)).engine.threads).toBe(2);
  });

  it('fails in words when it is asked for what it can not do', async () => {
    const { ok, output } = await smokeIn(['tpu']);
    expect(ok).toBe(false);
    expect(output).toMatch(/^error: engine.backend: must be one of/);
  });
});
