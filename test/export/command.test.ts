import { openArtifacts } from '@lyceum/artifacts';
import { startEngine } from '@lyceum/engine';
import { exportStudent } from '@lyceum/export';
import { restoreModel } from '@lyceum/models';
import { decodeSafetensors } from '@lyceum/tensor';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { LyceumCommand, oneThread, runNameOf } from '../e2e/lyceum-command.js';
import { fileScope } from '../processes/scope.js';
import { provideOnnxPython } from '../tools/onnx-python.js';
import { pythonOf } from '../tools/python.js';
import { runTool } from '../tools/run-tool.js';
import { expectedOf } from './lively-model.js';

const tool = await provideOnnxPython();
const scope = fileScope();
const lyceum = new LyceumCommand(scope, 'home');
const file = (name: string) => join(scope.folder, name);
let run: string;
let weights: Uint8Array;

beforeAll(async () => {
  const recipe = fileURLToPath(new URL('recipe.yaml', import.meta.url));
  // One orchestrator for all commands here, which is found by its home.
  await lyceum.start('up', ...oneThread).says(/^orchestrator at /m);
  const process = lyceum.start('run', recipe, '--report', file('report.html'));
  run = await runNameOf(process);
  expect((await process.ended).code, process.log).toBe(0);
  const { artifactRoot } = (await lyceum.show(run)).run;
  weights = await openArtifacts(artifactRoot).get(`${run}/kd/weights.safetensors`);
}, 300_000);

/** Runs lines of Python that compute `logits` from `images`. */
async function logitsOf(python: string, lines: readonly string[]): Promise<number[]> {
  const program = [
    'import json, sys',
    'from safetensors.numpy import load_file',
    'images = load_file(sys.argv[1])["images"].transpose(0, 3, 1, 2)',
    ...lines,
    'print(json.dumps(logits.ravel().tolist()))',
  ];
  const { code, stdout, stderr } = await runTool(python, [
    '-c',
    program.join('\n'),
    file('expected.safetensors'),
  ]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as number[];
}

describe('lyceum export', () => {
  it('writes the student of a run, and tells Python how to run it', async () => {
    const out = file('student.onnx');
    const { code, stdout, log } = await lyceum.run('export', run, '--out', out, '--taps', 'f3,f4');
    expect(code, log).toBe(0);
    expect(stdout).toContain('bytes, plain-cnn-2 with 1,226 parameters\n');
    expect(stdout).toContain('\ninput:  images [batch, 1, 16, 16] float32, (pixels from 0 to 1 - 0.');
    expect(stdout).toContain('\noutput: logits [batch, 4], f3 [batch, 8, 4, 4], f4 [batch, 8]\n');
    const { bytes } = exportStudent(weights, { format: 'onnx', taps: ['f3', 'f4'] });
    expect(Buffer.compare(readFileSync(out), bytes)).toBe(0);
    if (tool.missing !== undefined) return;

    await startEngine();
    const expected = expectedOf(restoreModel(weights));
    writeFileSync(file('expected.safetensors'), expected);
    const lines = stdout.slice(stdout.indexOf('In Python:')).trimEnd().split('\n').slice(1);
    const logits = await logitsOf(
      pythonOf(tool.folder),
      lines.map((line) => line.trim()),
    );
    const [wanted] = decodeSafetensors(expected).tensors.filter(({ name }) => name === 'logits');
    expect(logits.length).toBe(3 * 4);
    for (const [place, value] of logits.entries()) {
      expect(Math.abs(value - wanted.data[place])).toBeLessThan(1e-4);
    }
  });

  it('turns weights from one layout into the other and back, beside their file', async () => {
    const own = file('w.safetensors');
    writeFileSync(own, weights);
    const say = async (...args: string[]) => {
      const { code, stdout, log } = await lyceum.run('--json', 'export', ...args, '--format', 'safetensors');
      expect(code, log).toBe(0);
      return JSON.parse(stdout) as { file: string; layout: string };
    };
    const turned = await say(own, '--layout', 'pytorch');
    expect(turned).toMatchObject({ file: file('w.pytorch.safetensors'), layout: 'pytorch' });
    const back = await say(turned.file);
    expect(back).toMatchObject({ file: file('w.pytorch.nhwc.safetensors'), layout: 'nhwc' });
    expect(Buffer.compare(readFileSync(back.file), weights)).toBe(0);
  });

  it('replaces no file unless it is told to', async () => {
    writeFileSync(file('precious.onnx'), 'mine');
    const args = ['export', `${run}:kd`, '--out', file('precious.onnx')];
    const refused = await lyceum.run(...args);
    expect(refused.code).toBe(1);
    expect(refused.log).toContain('precious.onnx exists; --force replaces it');
    expect(readFileSync(file('precious.onnx'), 'utf8')).toBe('mine');
    expect((await lyceum.run(...args, '--force')).code).toBe(0);
    expect(readFileSync(file('precious.onnx')).length).toBeGreaterThan(5000);
  });

  it.each([
    ['a run', () => [`${run}0`], 'there is no run "', 'did you mean "'],
    ['a stage', () => [`${run}:kdd`], 'there is no stage "kdd"; did you mean "kd"?'],
    ['a tap', () => [file('w.safetensors'), '--taps', 'f33'], 'there is no tap "f33"; did you mean "f3"'],
  ])('names the nearest when %s is not there', async (_, args, ...texts) => {
    const { code, log } = await lyceum.run('export', ...args());
    expect(code).toBe(1);
    for (const text of texts) expect(log).toContain(text);
  });
});
