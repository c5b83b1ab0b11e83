import { openLossService } from '@lyceum/client';
import { startEngine } from '@lyceum/engine';
import { losses } from '@lyceum/losses';
import { lossCases } from '@lyceum/losses/conformance';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { startLoss } from '../processes/fleet.js';
import { fileScope } from '../processes/scope.js';
import { exactPaths, problemsOf, runPaths, type CasePaths, type PathName } from './case-paths.js';
import { encodingNames } from './encodings.js';
import { pathTable } from './path-table.js';
import { kinks, roundingBounds } from './rounding.js';
import { remote } from './value-half.js';

const golden = fileURLToPath(new URL('../golden', import.meta.url));
const scope = fileScope();
let cases: readonly CasePaths[];

beforeAll(async () => {
  await startEngine({ backend: 'auto', threads: 1 });
  const service = openLossService((await startLoss(scope)).address);
  scope.defer(() => service.close());
  expect((await service.list()).map(({ name }) => name)).toEqual([...losses.keys()].sort());
  const far = remote(service);
  const ran: CasePaths[] = [];
  for (const about of await lossCases(golden)) ran.push(await runPaths(about, far));
  cases = ran;
  console.log(pathTable(cases, exactPaths));
  console.log(pathTable(cases, encodingNames));
});

/** What is further off than a bound by a path. */
function above(path: PathName, bound: number): string[] {
  return cases.flatMap(({ about: { file, recorded }, byPath }) =>
    byPath[path]
      .filter(({ error }) => !(error <= bound))
      .map(({ what }) => `${file}/${recorded.name}/${what}`),
  );
}

describe('a recorded case comes out the same', () => {
  it.each(exactPaths)('%s: value, gradients and state', (path) => {
    expect(problemsOf(cases, path)).toEqual([]);
    // No case needs the leave that single precision has where the original itself is worse in it.
    expect(above(path, 1e-4)).toEqual([]);
  });

  it.each(['fp16', 'bf16', 'int8'] as const)(
    'with %s keys: within what its rounding allows, but for the kinks that are listed',
    (encoding) => {
      expect(above(encoding, roundingBounds[encoding])).toEqual(Object.keys(kinks[encoding]));
    },
  );

  it('with top-k keys: finite, for every loss whose key is logits', () => {
    expect(above('top-k', Number.MAX_VALUE)).toEqual([]);
    const sent = cases.filter(({ byPath }) => byPath['top-k'].length > 0);
    const ids = [...new Set(sent.map(({ about }) => about.module.id))];
    expect(ids.sort()).toEqual(
      'ban br-npa cosine dist dkd dkpp dml kd l1 mse one-image pixel-distillation sokd takd'.split(' '),
    );
  });

  it('for every loss of the registry', () => {
    const ran = new Set(cases.map(({ about }) => about.module.id));
    expect([...losses.keys()].filter((id) => !ran.has(id))).toEqual([]);
  });
});
