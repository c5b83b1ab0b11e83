import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../machine/run-command.js';

const script = fileURLToPath(new URL('../../../../scripts/provision.mjs', import.meta.url));

describe('scripts/provision.mjs', () => {
  let empty: string;
  beforeEach(async () => {
    empty = await mkdtemp(join(tmpdir(), 'lyceum-bare-'));
  });
  afterEach(() => rm(empty, { recursive: true }));

  const provision = (args: string[], env = {}) => runCommand(process.execPath, [script, ...args], { env });
  const bareMachine = () => ({ PATH: empty, LYCEUM_CACHE_DIR: join(empty, 'cache') });

  it('explains itself', async () => {
    const { ok, stdout } = await provision(['--help']);
    expect(ok).toBe(true);
    expect(stdout).toContain('--variant auto|cpu|gpu|both');
  });

  it('refuses a variant that there is not', async () => {
    expect((await provision(['--variant', 'tpu'])).failure).toContain('ended with code 2');
  });

  it('does nothing where all is in place', async () => {
    const { ok, output } = await provision(['--variant', 'cpu']);
    expect(ok).toBe(true);
    expect(output).toMatch(/^cpu: TensorFlow \S+ in place, on cpu, \d+ threads\n$/);
  });

  it('warns loudly on a machine without tools, names each, and goes on with the slow engine', async () => {
    const { ok, output } = await provision(['--variant', 'cpu', '--from', 'wheel', '--force'], bareMachine());
    expect(ok).toBe(true);
    expect(output).toContain(
      'WARNING: engine: @tensorflow/tfjs-node can not be provisioned. wheel: Python 3 is missing',
    );
    expect(output).toContain('apt-get install -y g++');
    expect(output).toContain('Lyceum still runs, on WebAssembly or plain JavaScript');
  });

  it('fails there when the native engine is required', async () => {
    const args = ['--variant', 'gpu', '--from', 'wheel', '--force', '--required'];
    expect((await provision(args, bareMachine())).failure).toContain('ended with code 1');
  });
});
