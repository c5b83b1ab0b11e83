import { catalogue } from '@lyceum/recipes';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openHome } from '../home.js';
import { sweepPlan } from './sweep-plan.js';

const folder = mkdtempSync(join(tmpdir(), 'lyceum-papers-'));
const home = openHome(folder);
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(home.socketFolder, { recursive: true });
});
const given = { threads: 1, notes: 'docs/results-notes.yaml' };
const namesOf = (options: object): string[] =>
  sweepPlan({ ...given, ...options }, home).pairs.map(({ recipe, seed }) => `${recipe.name} ${seed}`);

describe('a plan of papers', () => {
  it('has every recipe of the library with three seeds, and one when it is to be fast', () => {
    const names = catalogue.recipes().map(({ name }) => name);
    expect(namesOf({})).toEqual(names.flatMap((name) => [1, 2, 3].map((seed) => `${name} ${seed}`)));
    expect(namesOf({ fast: true })).toEqual(names.map((name) => `${name} 1`));
  });

  it('has the recipes and seeds asked for, once each', () => {
    expect(namesOf({ only: 'kd, at,kd', seeds: '2,4,2' })).toEqual(['kd 2', 'kd 4', 'at 2', 'at 4']);
    expect(() => namesOf({ only: 'kt' })).toThrow(/no recipe "kt".*"kd"/);
    expect(() => namesOf({ seeds: '1,x' })).toThrow(/seeds: must be whole numbers/);
  });

  it('keeps results of cut budgets apart, and out of the documentation', () => {
    const [full, small] = [{}, { quick: true, trainLimit: 64 }].map((options) =>
      sweepPlan({ ...given, ...options }, home),
    );
    expect([full.changes, full.outFolder]).toEqual([[], join(process.cwd(), 'docs')]);
    expect(small.changes).toEqual(['epochs 1', 'training samples 64', 'test samples 500']);
    expect([small.outFolder, small.stateFolder === full.stateFolder]).toEqual([small.stateFolder, false]);
  });

  it('shows results of all recipes, whichever are run', () => {
    const { shown } = sweepPlan({ ...given, only: 'kd', seeds: '7' }, home);
    expect(new Set(shown.map(({ recipe }) => recipe.name)).size).toBe(catalogue.recipes().length);
    expect([...new Set(shown.map(({ seed }) => seed))]).toEqual([1, 2, 3, 7]);
  });
});
