import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttentionMaps } from './evaluation.js';
import { exampleRun } from './example/example-run.js';
import { sectionOf } from './example/page-text.js';
import type { ReportInput } from './report-input.js';
import { writeReport } from './write-report.js';

let folder = '';
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'lyceum-report-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function pageOf(input: ReportInput): Promise<string> {
  const { file } = await writeReport({ ...input, file: join(folder, 'report.html') });
  return readFile(file, 'utf8');
}

/** Two maps of 2 x 2 places for each of three images. */
const maps: AttentionMaps = {
  tap: 'attention',
  shape: [2, 2, 2],
  samples: [0, 1, 2].map((sample) => [0.1, 0.25, 0.2, 0.25, 0.3, 0.25, 0.4 + sample, 0.25]),
};

describe('the panel of attention', () => {
  it('is there for networks that tell where they look, and for no others', async () => {
    const example = exampleRun();
    const without = await pageOf(example);
    expect(without).not.toContain('id="attention"');
    expect(without).not.toContain('href="#attention"');
    const evaluations = { ...example.evaluations, kd: { ...example.evaluations.kd, attention: [maps] } };
    const page = await pageOf({ ...example, evaluations });
    expect(page).toContain('href="#attention"');
    const section = sectionOf(page, 'attention');
    expect(section).toContain('<h3>kd</h3>');
    expect(section.match(/<img /g)).toHaveLength(3 * 3);
    expect(section).toContain('alt="attention 2 of test image 1"');
    expect(section.replace(/\s+/g, ' ')).toContain('attention 1<br />0.1 to 0.4');
    expect(section.replace(/\s+/g, ' ')).toContain('attention 2<br />0.25 to 0.25');
  });

  it('lays each map over its image', async () => {
    const example = exampleRun();
    const evaluations = { ...example.evaluations, kd: { ...example.evaluations.kd, attention: [maps] } };
    const section = sectionOf(await pageOf({ ...example, evaluations }), 'attention');
    const uris = [...section.matchAll(/src="([^"]*)"/g)].map(([, uri]) => uri);
    expect(new Set(uris.slice(0, 3)).size).toBe(3);
    expect(uris.every((uri) => uri.startsWith('data:image/png;base64,'))).toBe(true);
  });
});
