import { openArtifacts, type ArtifactStore } from '@lyceum/artifacts';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isDamage, OutcomeKeeper, type KeptOutcome } from './kept-outcome.js';

let folder: string;
let artifacts: ArtifactStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lyceum-kept-'));
  artifacts = openArtifacts(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

const outcomeOf = (run: string): KeptOutcome => ({
  run,
  task: 'big',
  results: { accuracy: 0.5, steps: 3 },
  artifacts: { weights: 'big/weights.safetensors', weightsDigest: 'sha256:1' },
  series: [],
  stepCount: 3,
  computedMs: 1000,
});

/** A run whose task wrote weights and a checkpoint. */
async function finish(run: string, weights: string): Promise<KeptOutcome> {
  await artifacts.put(`${run}/big/weights.safetensors`, Buffer.from(weights));
  await artifacts.put(`${run}/big/checkpoints/7.safetensors`, Buffer.from('half-way'));
  return outcomeOf(run);
}

describe('a kept outcome', () => {
  it('comes back with its files, without checkpoints', async () => {
    const keeper = new OutcomeKeeper(artifacts, 'id');
    expect(await keeper.read()).toBeUndefined();
    await keeper.keep(await finish('first', 'W'));
    const found = await keeper.read();
    expect(found?.outcome).toEqual(outcomeOf('first'));
    expect([...(found?.files ?? [])].map(([name, bytes]) => [name, String(Buffer.from(bytes))])).toEqual([
      ['weights.safetensors', 'W'],
    ]);
  });

  it('is copied under the name of the task that takes it', async () => {
    const keeper = new OutcomeKeeper(artifacts, 'id');
    await keeper.keep(await finish('first', 'W'));
    const { outcome, files } = (await keeper.read()) ?? { outcome: outcomeOf('none'), files: new Map() };
    const place = { run: 'second', task: 'teacher', fence: { scope: 'second/teacher', token: 1 } };
    expect(await keeper.copy(outcome, files, place)).toEqual({
      weights: 'teacher/weights.safetensors',
      weightsDigest: 'sha256:1',
    });
    expect(String(Buffer.from(await artifacts.get('second/teacher/weights.safetensors')))).toBe('W');
  });

  it('is whole, whichever of two writers at once came last', async () => {
    const runs = await Promise.all([finish('first', 'W'), finish('second', 'V')]);
    await Promise.all(runs.map((outcome) => new OutcomeKeeper(artifacts, 'id').keep(outcome)));
    const found = await new OutcomeKeeper(artifacts, 'id').read();
    const weights = String(Buffer.from(found?.files.get('weights.safetensors') ?? []));
    expect(['first:W', 'second:V']).toContain(`${found?.outcome.run}:${weights}`);
  });

  it('is known to be damaged, and can be kept anew', async () => {
    const keeper = new OutcomeKeeper(artifacts, 'id');
    await keeper.keep(await finish('first', 'W'));
    const kept = join(folder, 'shared/tasks/id');
    const [place] = readdirSync(kept).filter((name) => name.length === 64);
    const objects = join(kept, place, '.objects');
    for (const object of readdirSync(objects)) writeFileSync(join(objects, object), 'X');
    const error: unknown = await keeper.read().catch((caught: unknown) => caught);
    expect([isDamage(error), String(error)]).toEqual([true, expect.stringMatching(/is damaged/)]);
    await keeper.keep(await finish('second', 'W'));
    expect((await keeper.read())?.outcome.run).toBe('second');
  });
});
