import { unknownName } from '@lyceum/errors';
import { contextNetwork } from './families/context-network.js';
import { contextResnet } from './families/context-resnet.js';
import { firstThatKnows, type Architecture, type Family } from './families/family.js';
import { embeddingNetwork } from './families/embedding-network.js';
import { mobileNetV2 } from './families/mobilenet-v2.js';
import { plainCnn } from './families/plain-cnn.js';
import { representativeResnet } from './families/representative-resnet.js';
import { resnet } from './families/resnet.js';
import { resnet50 } from './families/resnet50.js';
import { shuffleNetV1 } from './families/shufflenet-v1.js';
import { shuffleNetV2 } from './families/shufflenet-v2.js';
import { vgg } from './families/vgg.js';
import { wrn } from './families/wrn.js';

/** The first that knows a name has it, so `resnet50` comes before the CIFAR ResNets. */
const families: readonly Family[] = [
  plainCnn,
  wrn,
  resnet50,
  resnet,
  vgg,
  mobileNetV2,
  shuffleNetV1,
  shuffleNetV2,
  representativeResnet,
  contextNetwork,
  contextResnet,
];

/** All families of architectures, those that are made of others last. */
export const models: readonly Family[] = [...families, embeddingNetwork(families)];

/** Every usual architecture name with what it is; families with numbers in their names know more. */
export function listModels(): { name: string; family: string; description: string; source: string }[] {
  return models.flatMap(({ id, names, description, source }) =>
    names.map((name) => ({ name, family: id, description, source })),
  );
}

/**
 * The architecture of a name. Case does not matter, nor `_` for `-`.
 * @throws LyceumError UNKNOWN_NAME with the nearest names; INVALID_FIELD for an impossible depth or width.
 */
export function findArchitecture(name: string): Architecture & { family: string } {
  const spelling = name.toLowerCase().replaceAll('_', '-');
  const found = firstThatKnows(models, spelling);
  if (found !== undefined) return found;
  throw unknownName('model', name, listModels().map((model) => model.name), 'architecture'); // prettier-ignore
}
