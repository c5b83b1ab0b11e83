import { gatedInitialization } from '../initializers.js';
import type { Layers, Network, Reached } from '../network/layers.js';
import { codeChannels, encode } from './context-network.js';
import type { Family } from './family.js';
import { pooledClassifier, residualGroups, residualPlan, type ResidualPlan } from './resnet.js';

/** ResNets for small images that attend to the code of a context network, which they contain. */
export const contextResnet: Family = {
  id: 'resnet-cdgc',
  description:
    'ResNet with an encoder of CDGC inside, whose code gates each group: resnet<depth>-cdgc<channels of the code>',
  source:
    "after Tang et al. 2018 (CDGC, arXiv 1812.06663), of which only the abstract was read: our definition, no evidence about the paper's; on the CIFAR ResNets of RepDistiller models/resnet.py",
  names: ['resnet8-cdgc16', 'resnet20-cdgc16'],
  find(name) {
    const match = /^resnet(\d+)(x4)?-cdgc(\d+)$/.exec(name);
    if (match === null) return undefined;
    const [, depth, wide, digits] = match;
    const plan = residualPlan(name, Number(depth), wide !== undefined);
    return {
      name,
      network: gatedNetwork(plan, codeChannels(name, digits)),
      initialization: gatedInitialization,
    };
  },
};

/**
 * Taps: those of a ResNet, groups after their gates; `f<i>.attention`, the gates. The part `encoder` is to be started
 * from a trained `cdgc-context` and frozen: the classifier does not train it.
 */
const gatedNetwork = (plan: ResidualPlan, channels: number): Network =>
  function* run(layers, images, classCount) {
    const code = layers.detach(encode(layers, images, channels));
    const x = yield* residualGroups(layers, images, plan, (group, features) =>
      gate(layers, group, features, code),
    );
    yield* pooledClassifier(layers, x, classCount);
  };

/** a = sigmoid(conv1x1([f, code]) + b), one map; f' = f (1 + a): the operator `cdgc`. */
function* gate<T>(layers: Layers<T>, group: number, features: T, code: T): Generator<Reached<T>, T> {
  const joined = layers.concat(features, layers.resize(code, features));
  const attention = layers.sigmoid(layers.conv(`gate${group}`, joined, { outputs: 1, size: 1, bias: true }));
  yield { name: `f${group}.attention`, role: 'attention', value: attention };
  return layers.add(features, layers.multiply(features, attention));
}
