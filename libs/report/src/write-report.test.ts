import type { Run } from '@lyceum/contracts/orchestrator';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleRecipe, exampleRun, type ExampleRun } from './example/example-run.js';
import { preOf, sectionOf, tableOf, textOf } from './example/page-text.js';
import type { ReportInput } from './report-input.js';
import { summaryRows, summaryTable } from './summary/summary-table.js';
import { writeJson, writeReport } from './write-report.js';

let folder = '';
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'lyceum-report-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function pageOf(input: ReportInput): Promise<string> {
  const { file } = await writeReport({ ...input, file: join(folder, 'report.html') });
  return readFile(file, 'utf8');
}

/** The example, with changes made to a copy. */
function changed(change: (example: ExampleRun) => void): ExampleRun {
  const example = exampleRun();
  change(example);
  return example;
}

const taskOf = (run: Run, name: string) => run.tasks.find((task) => task.name === name)!;

/** Exact two-sided binomial probability in whole numbers: 2 sum_{k <= smaller} C(n, k) / 2^n. */
function mcnemarByCounting(b: number, c: number): number {
  const n = BigInt(b + c);
  let [term, sum] = [1n, 0n];
  for (let k = 0n; k <= BigInt(Math.min(b, c)); k += 1n) {
    sum += term;
    term = (term * (n - k)) / (k + 1n);
  }
  return Number((2n * sum * 10n ** 12n) / 2n ** n) / 1e12;
}

describe('the result table', () => {
  it('shows the numbers that the run recorded, and what follows from them', async () => {
    const page = await pageOf(exampleRun());
    expect(tableOf(page, 'result')).toEqual([
      ['Teacher teacher · resnet20', '272,186', '', '95.00 %', '', '2 min 10 s', '', ''],
      ['Student alone alone · resnet8', '77,754', '3.5 ×', '80.00 %', '', '50 s', '', ''],
      // 160 kB over 4 epochs of 1,000 samples; 272186 / 77754 = 3.50.
      [
        'Distilled student kd · resnet8',
        '77,754',
        '3.5 ×',
        '87.50 %',
        '+7.50',
        '1 min 05 s',
        '160 kB',
        '40 B',
      ],
      [
        'Distilled student at · resnet8',
        '77,754',
        '3.5 ×',
        '75.00 %',
        '\u22125.00',
        '1 min 08 s',
        '9.60 MB',
        '2.40 kB',
      ],
    ]);
  });

  it('gives the same rows as numbers', async () => {
    const { rows } = await writeReport({ ...exampleRun(), file: join(folder, 'rows.html') });
    const kd = rows.find((row) => row.task === 'kd')!;
    expect(kd).toMatchObject({
      role: 'distilled',
      testAccuracy: 0.875,
      keyBytes: 160000,
      keyBytesPerSample: 40,
      wallMs: 65000,
    });
    expect(kd.gainPoints).toBeCloseTo(7.5, 10);
    expect(kd.standardError).toBeCloseTo(Math.sqrt((0.875 * 0.125) / 400), 12);
    expect(kd.timesSmaller).toBeCloseTo(272186 / 77754, 12);
    expect(kd.waitShare).toBeCloseTo(0.05, 12);
    expect(kd.losses).toEqual(['ce', 'kd']);
  });

  it('gives the same numbers in a terminal', () => {
    const { header, rows } = summaryRows(exampleRun().run);
    expect(rows[2]).toEqual([
      'student distilled',
      'kd',
      'resnet8',
      '77,754',
      '',
      '3.5 x',
      '87.50 %',
      '+7.50',
      '1 min 05 s',
      '160 kB',
      '40 B',
    ]);
    expect(header).toHaveLength(rows[2].length);
    const lines = summaryTable(exampleRun().run).split('\n');
    expect(lines).toHaveLength(6);
    expect(lines[4]).toMatch(/^student distilled +kd +resnet8 +77,754 +3.5 x +87.50 % +\+7.50 /);
  });

  it('says on what terms it was got', async () => {
    const text = textOf(sectionOf(await pageOf(exampleRun()), 'result'));
    expect(text).toContain(
      'Same budget for every student: 4 epochs over 1,000 training images in batches of 50, sgd at 0.05.',
    );
    expect(text).toContain('Same seed (7)');
    const longer = changed(({ run }) => {
      run.recipe = run.recipe.replace(
        'losses: [{ loss: ce }, { loss: at',
        'training: { epochs: 9 }\n      losses: [{ loss: ce }, { loss: at',
      );
    });
    expect(textOf(sectionOf(await pageOf(longer), 'result'))).toContain(
      'Not the same for at: epochs 9 instead of 4.',
    );
  });
});

describe('what the report claims', () => {
  it('compares image by image and gives McNemar’s probability', async () => {
    const page = await pageOf(exampleRun());
    const [kd, at] = tableOf(page, 'evidence');
    // Of 400 images: alone misses every 5th, kd every 8th, at every 4th.
    expect(kd.slice(0, 5)).toEqual(['kd', '70', '40', '280', '10']);
    expect(at.slice(0, 5)).toEqual(['at', '60', '80', '240', '20']);
    expect(Number(kd[6])).toBeCloseTo(mcnemarByCounting(70, 40), 4);
    expect(Number(at[6])).toBeCloseTo(mcnemarByCounting(60, 80), 2);
    // 100 (30 ± 1.96 sqrt(110 - 30² / 400)) / 400
    const reach = (100 * 1.96 * Math.sqrt(110 - 900 / 400)) / 400;
    expect(kd[5]).toBe(`+7.50 +${(7.5 - reach).toFixed(2)} to +${(7.5 + reach).toFixed(2)}`);
    expect(textOf(sectionOf(page, 'evidence'))).toContain(
      '80.00 % on 400 test images has a standard error of 2.00 points',
    );
    expect(textOf(page)).toContain('Distillation raised the student’s test accuracy by 7.50 points.');
  });

  it('says so when distillation made no clear difference', async () => {
    const same = changed(({ run, evaluations }) => {
      evaluations.kd = evaluations.alone;
      taskOf(run, 'kd').results.accuracy = 0.8;
    });
    const text = textOf(await pageOf(same));
    expect(text).toContain('Distillation made no clear difference: 0.00 points of test accuracy.');
    expect(text).toContain('chance alone gives a split like this (p = 1)');
  });

  it('says so when distillation did harm', async () => {
    const worse = changed(({ run, evaluations }) => {
      [evaluations.kd, evaluations.alone] = [evaluations.alone, evaluations.kd];
      taskOf(run, 'kd').results.accuracy = 0.8;
      taskOf(run, 'alone').results.accuracy = 0.875;
    });
    expect(textOf(await pageOf(worse))).toContain(
      'Distillation lowered the student’s test accuracy by 7.50 points.',
    );
  });

  it('asks for more without the images, when it can’t compare pairs', async () => {
    const { run, events, evaluations } = exampleRun();
    const page = await pageOf({ run, events, evaluations });
    // 7.5 points against 1.96 sqrt(2.00² + 1.65²) = 5.1.
    expect(textOf(page)).toContain('Distillation raised the student’s test accuracy by 7.50 points.');
    expect(tableOf(page, 'evidence')).toEqual([]);
    expect(textOf(await pageOf({ run }))).toContain('Distillation made no clear difference: +7.50 points');
  });

  it('warns of picking the best of several, and of one seed', async () => {
    const text = textOf(sectionOf(await pageOf(exampleRun()), 'evidence'));
    expect(text).toContain('What another seed would give.');
    expect(text).toContain('That the best of 2 students is really the best');
  });
});

describe('matrix and images', () => {
  it('shows the counts of the best student and the differences to the student alone', async () => {
    const example = exampleRun();
    const page = await pageOf(example);
    const counts = tableOf(page, 'confusion', 0);
    const changes = tableOf(page, 'confusion', 1);
    const { kd, alone } = example.evaluations;
    kd.classes.forEach((name, actual) => {
      expect(counts[actual]).toEqual([name, ...kd.confusion[actual].map((n) => (n === 0 ? '·' : String(n)))]);
      const shown = changes[actual]
        .slice(1)
        .map((cell) => (cell === '·' ? 0 : Number(cell.replace('\u2212', '-'))));
      expect(shown).toEqual(
        kd.confusion[actual].map((n, predicted) => n - alone.confusion[actual][predicted]),
      );
    });
  });

  it('keeps to the classes with the most mistakes when there are many', async () => {
    const many = changed(({ evaluations, data }) => {
      const classes = Array.from({ length: 100 }, (_, i) => `class ${i}`);
      for (const name of Object.keys(evaluations)) {
        const confusion = classes.map((_, a) =>
          classes.map((__, p) => evaluations[name].confusion[a]?.[p] ?? 0),
        );
        evaluations[name] = { ...evaluations[name], classes, confusion };
      }
      Object.assign(data, { classes });
    });
    const page = await pageOf(many);
    expect(textOf(sectionOf(page, 'confusion'))).toContain('The 20 classes with the most mistakes, of 100.');
    expect(tableOf(page, 'confusion', 0)).toHaveLength(20);
    expect(tableOf(page, 'confusion', 0)[9][0]).toBe('class 9');
  });

  it('shows the first 24 images that only the distilled student got right, and counts the opposite', async () => {
    const page = sectionOf(await pageOf(exampleRun()), 'images');
    const text = textOf(page);
    expect(text).toContain(
      'kd got 70 images right that alone got wrong, and alone got 40 images right that kd got wrong.',
    );
    const [gained, lost] = page.split('<details>');
    const alts = [...gained.matchAll(/alt="([^"]*)"/g)].map(([, alt]) => alt);
    expect(alts).toHaveLength(24);
    // The first image that alone misses (every 5th) and kd does not (every 8th) is 5.
    expect(alts[0]).toBe('Test image 5: T-shirt/top');
    expect([...lost.matchAll(/alt="/g)]).toHaveLength(12);
    // Alone takes class 0 for 0 + 1 + 5 % 3.
    expect(textOf(gained)).toContain(
      'alone ✗ wrong: Dress kd ✓ right: T-shirt/top teacher ✓ right: T-shirt/top',
    );
  });

  it('leaves out images of another test split and says why', async () => {
    const other = changed(({ data }) => Object.assign(data, { test: { ...data.test, count: 399 } }));
    const text = textOf(sectionOf(await pageOf(other), 'images'));
    expect(text).toContain('The data set at hand has 399 test images, but teacher was tested on 400.');
  });
});

describe('the page as a file', () => {
  it('holds the recipe to the letter and the command', async () => {
    const recipe = `\n# é & <tab>\t"quoted"\n${exampleRecipe}\n\n`;
    const page = await pageOf({
      ...changed(({ run }) => (run.recipe = recipe)),
      command: 'npx lyceum run my.yaml',
    });
    expect(preOf(page, 'recipe-text')).toBe(recipe);
    expect(preOf(page, 'command')).toBe('npx lyceum run my.yaml');
  });

  it('loads nothing: every address in it is a data URI or a place in the page', async () => {
    const page = await pageOf(exampleRun());
    const addresses = [...page.matchAll(/(?:src|href|action|poster|srcset)="([^"]*)"/g)].map(
      ([, address]) => address,
    );
    expect(addresses.filter((address) => !/^(data:|#)/.test(address))).toEqual([]);
    expect(page).not.toMatch(/url\(|@import/);
  });

  it('replaces an earlier report and leaves no half-written file', async () => {
    const own = await mkdtemp(join(folder, 'once-'));
    const file = join(own, 'deep', 'report.html');
    await writeReport({ ...exampleRun(), file });
    await writeReport({ run: exampleRun().run, file });
    expect(await readdir(join(own, 'deep'))).toEqual(['report.html']);
  });

  it('names the file when it can’t be written', async () => {
    await writeFile(join(folder, 'plain'), '');
    const writing = writeReport({ ...exampleRun(), file: join(folder, 'plain', 'report.html') });
    await expect(writing).rejects.toMatchObject({
      reason: 'INVALID_FIELD',
      message: expect.stringContaining('plain/report.html') as string,
    });
  });

  it('gives its figures as JSON', async () => {
    const { file } = await writeJson({ ...exampleRun(), file: join(folder, 'report.json') });
    const json = JSON.parse(await readFile(file, 'utf8')) as {
      outcome: string;
      comparisons: object[];
      rows: object[];
    };
    expect(json.outcome).toBe('better');
    expect(json.comparisons[0]).toMatchObject({
      student: 'kd',
      other: 'alone',
      gained: 70,
      lost: 40,
      bothRight: 280,
      bothWrong: 10,
    });
    expect(json.rows[1]).toMatchObject({ task: 'alone', testAccuracy: 0.8, parameterCount: 77754 });
  });
});
