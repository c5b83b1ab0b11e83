import { startEngine } from '@lyceum/engine';
import { exportLayouts, exportStudent } from '@lyceum/export';
import type { ModelConfig } from '@lyceum/models';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileScope } from '../processes/scope.js';
import { provideOnnxPython } from '../tools/onnx-python.js';
import { pythonOf } from '../tools/python.js';
import { providePytorch } from '../tools/pytorch.js';
import { runTool } from '../tools/run-tool.js';
import { expectedOf, livelyModel, metadata, weightsOf } from './lively-model.js';

const numpy = await provideOnnxPython();
const pytorch = await providePytorch();
const scope = fileScope();
const file = (name: string) => join(scope.folder, `${name}.safetensors`);
const config: ModelConfig = { architecture: 'plain-cnn-4', classCount: 10, inputShape: [15, 12, 3] };

beforeAll(async () => {
  await startEngine();
  const model = livelyModel(config);
  writeFileSync(file('expected'), expectedOf(model));
  for (const layout of exportLayouts) {
    const { bytes } = exportStudent(weightsOf(model), { format: 'safetensors', layout });
    writeFileSync(file(layout), bytes);
  }
  model.dispose();
});

interface Said {
  readonly error: number;
  readonly pytorch?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
}

async function run(python: string, program: string, layout: string): Promise<Said> {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const { code, stdout, stderr } = await runTool(python, [path, file(layout), file('expected')]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Said;
}

describe('an exported file of weights', () => {
  it.skipIf(numpy.missing !== undefined).each(exportLayouts)(
    'gives the same logits to 1e-4 in numpy: %s',
    async (layout) => {
      if (numpy.missing !== undefined) return;
      const said = await run(pythonOf(numpy.folder), 'plain_cnn_numpy.py', layout);
      expect(said.error).toBeLessThan(1e-4);
      expect(said.pytorch).toBe(layout === 'pytorch');
      expect(said.metadata).toMatchObject({ ...metadata, architecture: 'plain-cnn-4' });
    },
  );

  it.skipIf(pytorch.missing !== undefined)(
    'is a state dict that PyTorch loads strictly, with the same logits to 1e-4',
    async () => {
      if (pytorch.missing !== undefined) return;
      expect((await run(pytorch.python, 'plain_cnn_torch.py', 'pytorch')).error).toBeLessThan(1e-4);
    },
  );
});
