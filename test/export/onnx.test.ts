import { startEngine } from '@lyceum/engine';
import { exportStudent } from '@lyceum/export';
import { models, type ModelConfig } from '@lyceum/models';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileScope } from '../processes/scope.js';
import { provideOnnxPython } from '../tools/onnx-python.js';
import { pythonOf } from '../tools/python.js';
import { runTool } from '../tools/run-tool.js';
import { expectedOf, livelyModel, metadata, weightsOf } from './lively-model.js';

interface Looked {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, { readonly error: number; readonly greatest: number }>>;
  readonly metadata: Readonly<Record<string, string>>;
}

const tool = await provideOnnxPython();
const scope = fileScope();
const program = fileURLToPath(new URL('run_onnx.py', import.meta.url));
/** One of each family; of the one with bottlenecks, the one that has them. */
const architectures = models.map(({ id, names }) => (id === 'resnet50' ? 'resnet50' : names[0]));
/** Not square, so that rows and columns can't be mixed up. */
const configOf = (architecture: string): ModelConfig => ({
  architecture,
  classCount: 10,
  inputShape: [32, 24, 3],
});
let looked: Readonly<Record<string, Looked | undefined>> = {};

/** Writes the graph with its logits alone, as most will use it, and with all taps. */
function writeGraphs(architecture: string): void {
  const model = livelyModel(configOf(architecture));
  const weights = weightsOf(model);
  const taps = model.taps.map(({ name }) => name);
  for (const [name, wanted] of [
    [architecture, []],
    [`${architecture} with taps`, taps],
  ] as const) {
    const { bytes } = exportStudent(weights, { format: 'onnx', taps: wanted });
    writeFileSync(join(scope.folder, `${name}.onnx`), bytes);
    writeFileSync(join(scope.folder, `${name}.safetensors`), expectedOf(model, wanted));
  }
  model.dispose();
}

describe.skipIf(tool.missing !== undefined)('onnxruntime', () => {
  beforeAll(async () => {
    if (tool.missing !== undefined) return;
    await startEngine();
    for (const architecture of architectures) writeGraphs(architecture);
    const { code, stdout, stderr } = await runTool(pythonOf(tool.folder), [program, scope.folder]);
    if (code !== 0) throw new Error(stderr);
    looked = JSON.parse(stdout) as typeof looked;
  }, 300_000);

  it.each(architectures)('computes the logits of %s as the engine does, to 1e-4', (architecture) => {
    const { inputs, outputs, metadata: said } = looked[architecture] ?? {};
    expect(inputs).toEqual({ images: ['batch', 3, 32, 24] });
    expect(Object.keys(outputs ?? {})).toEqual(['logits']);
    const { error = NaN, greatest = NaN } = outputs?.logits ?? {};
    expect(error).toBeLessThan(1e-4);
    expect(error).toBeLessThan(1e-4 * greatest);
    expect(said).toEqual({ ...metadata, architecture });
  });

  it.each(architectures)('computes every tap of %s', (architecture) => {
    const { outputs = {} } = looked[`${architecture} with taps`] ?? {};
    expect(Object.keys(outputs).length).toBeGreaterThan(2);
    for (const [tap, { error, greatest }] of Object.entries(outputs)) {
      expect(error / greatest, tap).toBeLessThan(1e-4);
    }
  });
});
