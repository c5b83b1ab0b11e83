import { catalogue } from '@lyceum/recipes';
import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PairStore } from './pair-store.js';
import type { Pair } from './pair.js';

const recipe = catalogue.recipe('kd');
const pair: Pair = { recipe, seed: 2, text: 'one' };
const result = {
  recipe: 'kd',
  seed: 2,
  run: 'kd-1',
  state: 'succeeded',
  measure: 'test accuracy',
  rows: [],
  environment: {},
};

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lyceum-pairs-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('what is known of pairs', () => {
  it('is there for the next command: first the request, then the result', () => {
    const requestId = new PairStore(folder).begin(pair, false);
    const next = new PairStore(folder);
    expect([next.begin(pair, false), next.result(pair)]).toEqual([requestId, undefined]);
    next.finish(pair, result);
    const last = new PairStore(folder);
    expect([last.begin(pair, false), last.result(pair)]).toEqual([requestId, result]);
    expect(last.result({ ...pair, seed: 3 })).toBeUndefined();
  });

  it('is forgotten when the recipe has changed, when it is to start anew, and when the file was cut off', () => {
    const store = new PairStore(folder);
    const requestId = store.begin(pair, false);
    store.finish(pair, result);
    expect(store.result({ ...pair, text: 'two' })).toBeUndefined();
    expect(store.begin(pair, true)).not.toBe(requestId);
    expect(store.result(pair)).toBeUndefined();
    store.finish(pair, result);
    truncateSync(join(folder, 'kd-2.json'), 30);
    expect(store.result(pair)).toBeUndefined();
  });
});
