import { expect, it } from 'vitest';
import { killWriters, type KillReport } from './killed-writers.fixture.js';
import { newFolder } from './slab.fixture.js';

it('keys that were acknowledged outlive writers that are killed in the middle of others', async () => {
  const folder = newFolder();
  const reports: KillReport[] = [];
  for (let round = 0; round < 4; round += 1) reports.push(await killWriters(folder, round, Math.random));
  console.log(JSON.stringify(reports));
  for (const { acknowledged, lost, wrong } of reports) {
    expect(acknowledged).toBeGreaterThan(0);
    expect([lost, wrong]).toEqual([0, 0]);
  }
}, 120_000);
