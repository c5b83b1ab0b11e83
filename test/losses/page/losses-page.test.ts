import { losses, operators } from '@lyceum/losses';
import { lossCases, operatorCases } from '@lyceum/losses/conformance';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { authorsRepositories, evidenceOf, evidenceText, type OwnedCase } from './evidence.js';
import { lossesPage } from './losses-page.js';
import { measuredOf, rowName } from './measured.js';

const golden = fileURLToPath(new URL('../../golden', import.meta.url));
const page = readFileSync(new URL('../../../docs/losses.md', import.meta.url), 'utf8');
let cases: readonly OwnedCase[];

beforeAll(async () => {
  cases = [...(await lossCases(golden)), ...(await operatorCases(golden))];
});

describe('docs/losses.md', () => {
  it('is what `npm run losses:docs` writes, but for the digits of what is measured', async () => {
    expect(page).toBe(await lossesPage(golden, measuredOf(page)));
  });

  it('has figures for every loss, step and path', () => {
    const { errors, encodingErrors, bytes } = measuredOf(page);
    const steps = [...operators.keys()].map(rowName.step);
    const names = [...losses.keys()].map(rowName.loss);
    const taught = [...losses.values()].filter(({ teacher }) => teacher.length > 0);
    expect([...errors.keys()]).toEqual([...names, ...steps]);
    expect([...bytes.keys()]).toEqual(taught.map(({ id }) => rowName.loss(id)));
    expect([...encodingErrors.keys()]).toEqual([...bytes.keys()]);
    for (const [name, cells] of [...errors, ...encodingErrors]) {
      for (const cell of cells) expect(cell, name).toMatch(/^(\d\.\de[+-]\d+|-)$/);
    }
    for (const [name, { fp32 = 0, fp16 = 0, bf16 }] of bytes) {
      expect(fp16, name).toBeGreaterThan(0);
      expect(fp32, name).toBeGreaterThan(fp16);
      expect(bf16, name).toBe(fp16);
    }
  });

  it('says of definitions of our own that they are no evidence about the paper', () => {
    const ours = [...new Set(cases.map(({ module }) => module.id))].filter((id) =>
      evidenceText(evidenceOf(cases, id)).includes('no evidence about the paper'),
    );
    expect(ours.sort()).toEqual(['cdgc', 'liaad', 'rtk', 'takd-path']);
  });

  it('names authors only where their code ran for the vectors', () => {
    for (const [id, repository] of Object.entries(authorsRepositories)) {
      expect(evidenceOf(cases, id), id).toContainEqual({ kind: 'authors', repository });
    }
  });
});
