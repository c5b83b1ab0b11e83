import { invalidField } from '@lyceum/errors';
import { residualInitialization } from '../initializers.js';
import type { Network } from '../network/layers.js';
import type { Family } from './family.js';
import { residualGroups, residualPlan, type ResidualPlan } from './resnet.js';

/** ResNets for small images whose classifier reads the vectors that stand for the last map, instead of its mean. */
export const representativeResnet: Family = {
  id: 'resnet-npa',
  description:
    'ResNet with BR-NPA: resnet<depth>-npa<K>, K attention maps; -npa<K>-high has stride 1 in its last group',
  source:
    'Gomez et al. 2022 (BR-NPA, arXiv 2106.02566), on the CIFAR ResNets of RepDistiller models/resnet.py',
  names: ['resnet8-npa3', 'resnet8-npa3-high', 'resnet20-npa3', 'resnet20-npa3-high'],
  find(name) {
    const match = /^resnet(\d+)(x4)?-npa(\d+)(-high)?$/.exec(name);
    if (match === null) return undefined;
    const [, depth, wide, maps, high] = match;
    const count = Number(maps);
    if (count < 1 || count > 16)
      throw invalidField('architecture', `${name} must have 1 to 16 attention maps, found ${count}`);
    const plan = residualPlan(name, Number(depth), wide !== undefined);
    return {
      name,
      network: representativeNetwork({ ...plan, lastStride: high === undefined ? 2 : 1 }, count),
      initialization: residualInitialization,
    };
  },
};

/**
 * Taps: those of a ResNet up to `f3`; `attention`, the K maps, strongest first; `f4`, the K vectors side by side, which
 * the classifier reads; `logits`. With stride 1 the last map has four times the places, by the same parameters.
 */
const representativeNetwork = (plan: ResidualPlan, count: number): Network =>
  function* run(layers, images, classCount) {
    const x = yield* residualGroups(layers, images, plan);
    const { vectors, maps } = layers.representatives(x, count);
    yield { name: 'attention', role: 'attention', value: maps };
    yield { name: 'f4', role: 'pooled', value: vectors };
    yield { name: 'logits', role: 'logits', value: layers.dense('fc', vectors, classCount) };
  };
