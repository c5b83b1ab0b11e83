import { cp, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../machine/run-command.js';
import type { SmokeResult } from '../smoke.js';

const require = createRequire(import.meta.url);
const compiled = fileURLToPath(new URL('../../dist', import.meta.url));
const tensorflow = dirname(dirname(require.resolve('@tensorflow/tfjs-node/package.json')));

/** The compiled engine in a checkout of its own, whose native packages npm has installed and nobody provisioned. */
describe('an engine that nobody provisioned', () => {
  let checkout: string;
  let native: string;
  beforeEach(async () => {
    checkout = await mkdtemp(join(tmpdir(), 'lyceum-checkout-'));
    const modules = join(checkout, 'node_modules');
    await mkdir(join(modules, '@tensorflow'), { recursive: true });
    await mkdir(join(modules, '@lyceum'));
    await symlink(
      await realpath(join(tensorflow, '..', '@lyceum', 'errors')),
      join(modules, '@lyceum', 'errors'),
    );
    for (const name of (await readdir(tensorflow)).filter((each) => !each.startsWith('tfjs-node'))) {
      await symlink(join(tensorflow, name), join(modules, '@tensorflow', name));
    }
    native = join(modules, '@tensorflow', 'tfjs-node');
    await mkdir(native);
    await writeFile(join(native, 'package.json'), '{"name": "@tensorflow/tfjs-node", "version": "4.22.0"}');
    await cp(compiled, join(checkout, 'dist'), { recursive: true });
    await writeFile(join(checkout, 'package.json'), '{"type": "module"}');
  });
  afterEach(() => rm(checkout, { recursive: true }));

  const smoke = (backend: string) =>
    runCommand(process.execPath, [join(checkout, 'dist', 'smoke-command.js'), backend]);

  it('trains on WebAssembly and says what to do', async () => {
    const { engine, losses } = JSON.parse((await smoke('auto')).stdout) as SmokeResult;
    expect(engine.backend).toBe('wasm');
    expect(engine.notes).toEqual([expect.stringContaining('run "node scripts/provision.mjs"') as string]);
    expect(losses.at(-1)).toBeLessThan(losses[0]);
  });

  it('refuses to start what was asked for by name', async () => {
    expect((await smoke('cpu')).output).toBe(
      'error: engine: the cpu backend is not provisioned; run "node scripts/provision.mjs --variant cpu"\n',
    );
  });

  it('goes on without a library that is there and does not load, and says why', async () => {
    await mkdir(join(native, 'lib', 'napi-v8'), { recursive: true });
    await mkdir(join(native, 'deps', 'lib'), { recursive: true });
    await writeFile(join(native, 'lib', 'napi-v8', 'tfjs_binding.node'), 'no library');
    await writeFile(join(native, 'deps', 'lib', 'libtensorflow.so'), 'no library');
    await writeFile(join(native, 'index.js'), 'require("./lib/napi-v8/tfjs_binding.node")');
    const { engine } = JSON.parse((await smoke('auto')).stdout) as SmokeResult;
    expect(engine.backend).toBe('wasm');
    expect(engine.notes[0]).toMatch(
      /tfjs-node is in place and does not load \(.*(too short|invalid ELF).*--force/,
    );
  });
});
