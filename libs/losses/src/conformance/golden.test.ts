import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEngine } from '@lyceum/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runGolden, type GoldenReport } from '../golden/run-golden.js';
import { goldenTable } from '../golden/table.js';
import { operators } from '../operators/registry.js';
import { losses } from '../registry.js';

const folder = fileURLToPath(new URL('../../../../test/golden', import.meta.url));

describe('golden vectors', () => {
  let report: GoldenReport;
  let scratch: string;
  beforeAll(async () => {
    await startEngine({ backend: 'auto' });
    report = await runGolden(folder);
    scratch = await mkdtemp(join(tmpdir(), 'golden-'));
    console.log(goldenTable(report));
  });
  afterAll(() => rm(scratch, { recursive: true }));

  it('all hold: value, terms, gradients, state, outputs and keys', () => {
    expect(report.problems).toEqual([]);
  });

  it.each([...losses.keys()])('there is a vector for %s', (id) => {
    expect(report.cases.some(({ module, kind }) => kind === 'loss' && module === id)).toBe(true);
  });

  it.each([...operators.keys()])('there is a vector for the operator %s', (id) => {
    expect(report.cases.some(({ module, kind }) => kind === 'operator' && module === id)).toBe(true);
  });

  const altered = async (change: (content: string) => string): Promise<readonly string[]> => {
    const original: unknown = JSON.parse(await readFile(join(folder, 'kd.json'), 'utf8'));
    await writeFile(join(scratch, 'kd.json'), change(JSON.stringify(original)));
    return (await runGolden(scratch)).problems;
  };

  it('fail on a value, a gradient or a loss that is not ours', async () => {
    expect(await altered((text) => text.replace('"value":7.91936071', '"value":7.93'))).toEqual([
      expect.stringMatching(/^kd\/plain: value: relative error .* is above 1\.0e-4$/),
    ]);
    expect(await altered((text) => text.replace('"loss":"kd"', '"loss":"kdd"'))).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^kdd\/plain: loss: no loss takes the vectors of "kdd"; nearest: "kd"/),
      ]),
    );
  });

  it('fail on an expectation that is missing or not a number', async () => {
    expect(await altered((text) => text.replace('"value":7.91936071,', ''))).toEqual([
      'kd/plain: value: the recorded expectation is empty or not finite',
    ]);
    expect(await altered((text) => text.replace('"value":7.91936071', '"value":null'))).toHaveLength(1);
    await expect(altered(() => '{"loss":"kd","cases":[]}')).rejects.toThrow('at least one case');
    await expect(altered(() => '{')).rejects.toThrow('is not JSON');
  });

  it('fail on a parameter that the loss does not have', async () => {
    expect(await altered((text) => text.replace('"temperature":4', '"temprature":4'))).toEqual([
      'kd/plain: run: params.temprature: there is no such parameter; did you mean "temperature"?',
    ]);
  });
});
