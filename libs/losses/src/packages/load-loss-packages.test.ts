import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';

const root = mkdtempSync(join(tmpdir(), 'lyceum-packages-'));
afterAll(() => rmSync(root, { recursive: true }));

/** Nothing is installed where the packages lie: what they import can only come from the process that loads them. */
function made(name: string, code: string): string {
  const folder = join(root, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, type: 'module' }));
  writeFileSync(join(folder, 'index.js'), code);
  return folder;
}

const gap = (id: string) => `{
  id: '${id}', title: 'Gap', source: 'none', equation: 'L = mean |z_s - z_t|',
  params: { power: number({ default: 1, min: 1, doc: 'power of the gap' }) },
  student: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  teacher: [{ name: 'logits', kind: 'logits', defaultTaps: 'logits' }],
  keySources: ['teacher'],
  value: ({ params, student, keys }) =>
    ({ value: tf.mean(tf.pow(tf.abs(tf.sub(student.logits, onlyKeys(keys).logits)), params.power)) }),
}`;

const imports = `
import { defineLoss, number, onlyKeys } from '@lyceum/losses';
import { tf } from '@lyceum/engine';
`;

/** Runs a script as a process of its own, as services do: packages load once a process. */
async function outcome(script: string): Promise<unknown> {
  const code = `
    import { startEngine, tf } from '@lyceum/engine';
    import { findLoss, hasPackage, loadLossPackages, openLoss, packageLosses } from '@lyceum/losses';
    const fails = async (work) => { try { await work(); } catch (e) { return e.reason + ' ' + e.message; } };
    const say = (value) => process.stdout.write(JSON.stringify(value));
    ${script}`;
  const cwd = new URL('../../', import.meta.url);
  const args = ['--input-type=module', '--eval', code];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  return JSON.parse(stdout);
}

describe('losses of packages', () => {
  it('compute with the engine of the process that loads them', async () => {
    const folder = made('far-losses', `${imports} export const gap = defineLoss(${gap('gap')});`);
    const found = await outcome(`
      await startEngine({ backend: 'js' });
      const names = await loadLossPackages([${JSON.stringify(folder)}]);
      const session = openLoss({ id: 'far-losses#gap', params: { power: 2 },
        studentShapes: { logits: [2] }, teacherShapes: { logits: [2] } });
      const step = { student: { logits: tf.tensor2d([[1, 2]]) }, keys: { logits: tf.tensor2d([[1, 5]]) }, step: 0 };
      say([names, session.apply(step).value.dataSync()[0], session.module.id, [...packageLosses.keys()]]);
    `);
    expect(found).toEqual([['far-losses#gap'], 4.5, 'far-losses#gap', ['far-losses#gap']]);
  });

  it('are only found once their package was allowed, and by their names', async () => {
    const folder = made(
      'two-losses',
      `${imports} export const a = ${gap('gap-a')}; export const b = ${gap('gap-b')};`,
    );
    const found = await outcome(`
      const before = await fails(() => findLoss('two-losses#gap-a'));
      await loadLossPackages([${JSON.stringify(folder)}]);
      say([before, await fails(() => findLoss('two-losses#gap-c')), hasPackage('two-losses'), hasPackage('kd')]);
    `);
    expect(found).toEqual([
      'FORBIDDEN loss: package "two-losses" is not allowed in this process; start it with --loss-packages two-losses, if you trust its code',
      'UNKNOWN_NAME there is no loss "two-losses#gap-c"; did you mean "two-losses#gap-a" or "two-losses#gap-b"?',
      true,
      false,
    ]);
  });

  it('are refused as a whole when something is wrong with one', async () => {
    const folders = [
      made('clash', `${imports} export const kd = defineLoss(${gap('kd')});`),
      made('twice', `${imports} export const a = ${gap('gap')}; export const b = ${gap('gap')};`),
      made('nothing', 'export const answer = 42;'),
      made('unsound', `export const bad = { id: 'Bad Id', value: 3, student: [{ name: 'x', kind: 'y' }] };`),
      made('throws', `throw new Error('the file of weights is missing');`),
      made('elsewhere', `import 'no-such-dependency';`),
    ];
    const found = await outcome(`
      const tell = [];
      for (const folder of ${JSON.stringify(folders)}) tell.push(await fails(() => loadLossPackages([folder])));
      say([tell, [...packageLosses.keys()]]);
    `);
    const [tell, left] = found as [string[], string[]];
    expect(tell[0]).toBe(
      'INVALID_FIELD lossPackages: package "clash" has a loss "kd", and so has Lyceum; give it another id',
    );
    expect(tell[1]).toContain('package "twice" has a loss "gap", twice; give it another id');
    expect(tell[2]).toContain('package "nothing" exports no loss; export what defineLoss returns');
    expect(tell[3]).toContain('package "unsound", loss "Bad Id".id: must be lower case letters');
    expect(tell[3]).toContain('loss "Bad Id".value: must be a function');
    expect(tell[3]).toContain('loss "Bad Id".student: must be a list of slots');
    expect(tell[4]).toContain('package "throws" does not load: the file of weights is missing');
    expect(tell[5]).toContain("Cannot find package 'no-such-dependency'");
    expect(left).toEqual([]);
  });
});
