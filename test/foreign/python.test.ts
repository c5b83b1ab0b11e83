import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { startLoss, startTeacher } from '../processes/fleet.js';
import { fileScope } from '../processes/scope.js';
import type { Served } from '../processes/service.js';
import { generateStubs, providePython, runPython } from '../tools/python.js';

const tool = await providePython();
const scope = fileScope();
const data = join(scope.folder, 'data');
const stubs = join(scope.folder, 'stubs');
let teacher: Served;
let loss: Served;

/** Runs a program that checks for itself; what it says when it does not agree is the test's message. */
async function agrees(program: string, ...args: readonly string[]): Promise<void> {
  if (tool.missing !== undefined) throw new Error(tool.missing);
  const { code, stdout, stderr } = await runPython(tool, stubs, program, args);
  expect(stderr).toBe('');
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('numpy') as string });
}

describe.skipIf(tool.missing !== undefined)('a Python client', () => {
  beforeAll(async () => {
    if (tool.missing !== undefined) return;
    await Promise.all([generateStubs(tool, stubs), runPython(tool, stubs, 'make_data.py', [data])]);
    const model = { architecture: 'plain-cnn-8', data: 'idx', dataPath: data, seed: 5 };
    [teacher, loss] = await Promise.all([
      startTeacher(scope, { model, address: '127.0.0.1:0', args: ['--data-roots', data] }),
      startLoss(scope),
    ]);
  });

  it('streams keys from a teacher, by name and by pixels and in every encoding, that numpy computes likewise', async () => {
    await agrees('teacher.py', teacher.address, data);
  });

  it('gets values, gradients and state from a loss service, that numpy computes likewise', async () => {
    await agrees('losses.py', loss.address);
  });
});
