import { loadDataSet } from '@lyceum/data';
import { engineInfo, startEngine } from '@lyceum/engine';
import { buildModel, saveWeights } from '@lyceum/models';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface MadeModel {
  readonly architecture: string;
  /** Data set that decides classes, image size and normalisation. */
  readonly data: string;
  readonly dataPath?: string;
  readonly seed: number;
}

/** A network that takes milliseconds. */
export const tinyModel: MadeModel = { architecture: 'plain-cnn-8', data: 'synthetic:28x28x1/10', seed: 7 };

/** Writes a file of untrained weights, as a trainer would have written it. */
export async function makeWeights(folder: string, model: MadeModel = tinyModel): Promise<string> {
  const { architecture, data: name, dataPath: path, seed } = model;
  // Plain JavaScript: the tests themselves need no TensorFlow.
  if ((await engineInfo()) === undefined) await startEngine({ backend: 'js' });
  const data = await loadDataSet({ name, path, trainLimit: 20, testLimit: 20 });
  const network = buildModel({ architecture, classCount: data.classes.length, inputShape: data.shape }, seed);
  const bytes = saveWeights(network, {
    data: name,
    normalization: JSON.stringify(data.normalization),
    classes: JSON.stringify(data.classes),
  });
  network.dispose();
  const file = join(folder, `${architecture}-${seed}.safetensors`);
  await writeFile(file, bytes);
  return file;
}
