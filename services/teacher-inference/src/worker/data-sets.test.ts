import { invalidField, LyceumError } from '@lyceum/errors';
import { loadDataSet } from '@lyceum/data';
import { describe, expect, it } from 'vitest';
import { DataSets } from './data-sets.js';

/** Sets in memory, and the names that were loaded, in order. */
function makeSets() {
  const loaded: string[] = [];
  const sets = new DataSets((name) => {
    loaded.push(name.name);
    return loadDataSet({ ...name, trainLimit: 2, testLimit: 2 });
  });
  return { sets, loaded };
}

const named = (classes: number) => ({ name: `synthetic:4x4x1/${classes}` });

describe('data sets in memory', () => {
  it('are loaded once while somebody uses them, however many others come and go', async () => {
    const { sets, loaded } = makeSets();
    const mine = await sets.take(named(2));
    for (const classes of [3, 4, 5, 6]) {
      await sets.take(named(classes));
      sets.release(named(classes));
    }
    expect(await sets.take(named(2))).toBe(mine);
    expect(loaded.filter((name) => name === 'synthetic:4x4x1/2')).toHaveLength(1);
  });

  it('stay for a while when nobody uses them: the two that were used last', async () => {
    const { sets, loaded } = makeSets();
    for (const classes of [2, 3, 4]) {
      await sets.take(named(classes));
      sets.release(named(classes));
    }
    for (const classes of [3, 4]) await sets.take(named(classes));
    expect(loaded).toHaveLength(3);
    await sets.take(named(2));
    expect(loaded).toHaveLength(4);
  });

  it('are needed until the last user is gone', async () => {
    const { sets, loaded } = makeSets();
    for (let user = 0; user < 2; user += 1) await sets.take(named(2));
    sets.release(named(2));
    for (const classes of [3, 4, 5]) {
      await sets.take(named(classes));
      sets.release(named(classes));
    }
    await sets.take(named(2));
    expect(loaded.filter((name) => name === 'synthetic:4x4x1/2')).toHaveLength(1);
  });

  it('that fail are tried again, and the error names the field of the contract', async () => {
    let isBroken = true;
    const sets = new DataSets((name) => {
      if (isBroken) return Promise.reject(invalidField('trainLimit', 'is odd'));
      return loadDataSet({ ...name, trainLimit: 2, testLimit: 2 });
    });
    const error: unknown = await sets.take(named(2)).catch((caught: unknown) => caught);
    expect(LyceumError.from(error).violations[0].field).toBe('data.train_limit');
    isBroken = false;
    expect((await sets.take(named(2))).classes).toHaveLength(2);
  });
});
