import { describe, expect, it } from 'vitest';
import type * as Engine from './index.js';
import type { NativeVariant } from './backends/native-package.js';

// The compiled engine: each smoke run is a process of its own, as `npm start` does it.
const engine = (await import(new URL('../dist/index.js', import.meta.url).href)) as typeof Engine;
const longEnough = 20 * 60_000;
const variants: NativeVariant[] = ['cpu', 'gpu'];

describe.each(variants)('the %s package', (variant) => {
  it('is provisioned, trains, and leaves no tensor behind', { timeout: longEnough }, async () => {
    const onProgress = engine.provisionPrinter(process.stderr).print;
    const { smoke } = await engine.provisionEngine({ variant, onProgress });
    expect(smoke.engine).toMatchObject({ backend: variant, tensorflowVersion: expect.any(String) as string });
    expect(smoke.leakedTensors).toBe(0);
    expect(smoke.losses.at(-1)).toBeLessThan(smoke.losses[0]);
  });

  it('gives the same weights bit for bit in two processes with the same threads', async () => {
    const [first, second] = [await engine.smokeCheck(variant), await engine.smokeCheck(variant)];
    expect(second.hash).toBe(first.hash);
    expect(second.engine.threads).toBe(first.engine.threads);
  });

  it.for([22, 24])('trains on Node %i as on this one', { timeout: longEnough }, async (major, { skip }) => {
    const node = await engine.fetchNode(major).catch((error: Error) => error);
    if (node instanceof Error) return skip(`NOT TESTED ON NODE ${major}: ${node.message}`);
    const here = await engine.smokeCheck(variant);
    const there = await engine.smokeCheck(variant, { node });
    expect(there.engine.node).toMatch(`v${major}.`);
    expect(there.hash).toBe(here.hash);
  });
});
