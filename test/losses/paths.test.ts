import { openLossService } from '@lyceum/client';
import { startEngine } from '@lyceum/engine';
import { losses } from '@lyceum/losses';
import { lossCases } from '@lyceum/losses/conformance';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { startLoss } from '../processes/fleet.js';
import { fileScope } from '../processes/scope.js';
import { problemsOf, runPaths, type CasePaths } from './case-paths.js';
import { pathTable } from './path-table.js';
import { remote } from './value-half.js';

const golden = fileURLToPath(new URL('../golden', import.meta.url));
const halfBound = 2e-2;

/**
 * Where rounding a key to half precision crosses a kink: the derivative jumps, and no bound on the key's error bounds
 * the gradient's. Each with the reason; the list is exact.
 */
const kinks: Readonly<Record<string, string>> = {
  'l1/edge-equal-and-zero/grads.student.logits':
    'student and teacher are equal, so the derivative is 0; the rounded key is not, so it is -1 or 1',
};

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
  console.log(pathTable(cases));
});

describe('a recorded case comes out the same', () => {
  it.each(['in-process', 'remote', 'teacher-side'] as const)('%s: value, gradients and state', (path) => {
    expect(problemsOf(cases, path)).toEqual([]);
  });

  it('fp16 keys: within 2e-2, but for the kinks that are listed', () => {
    const above = cases.flatMap(({ about: { file, recorded }, byPath }) =>
      byPath['fp16 keys']
        .filter(({ error }) => !(error <= halfBound))
        .map(({ what }) => `${file}/${recorded.name}/${what}`),
    );
    expect(above).toEqual(Object.keys(kinks));
  });

  it('for every loss of the registry', () => {
    const ran = new Set(cases.map(({ about }) => about.module.id));
    expect([...losses.keys()].filter((id) => !ran.has(id))).toEqual([]);
  });
});
