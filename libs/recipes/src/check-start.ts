import { LyceumError } from '@lyceum/errors';
import {
  describeModel,
  parameterNamesOfPart,
  parameterNamesUpTo,
  type ModelDescription,
} from '@lyceum/models';
import type { Problem } from './check-loss.js';
import { architectureOf, taskOf } from './network-refs.js';
import type { Recipe } from './schema.js';
import type { TrainedStage } from './stage-networks.js';
import { attempted, someData } from './tap-pairs.js';

/**
 * What is wrong with the weights that a stage starts from and with the parts that it keeps; paths start at the stage.
 * @param models names of the recipe's models that the stage trains.
 */
export function startProblems(recipe: Recipe, stage: TrainedStage, models: readonly string[]): Problem[] {
  if (stage.init === undefined && stage.freeze === undefined) return [];
  return models.flatMap((name) => {
    const network = described(() => recipe.spec.models[name].architecture);
    if (network === undefined) return [];
    const { init, freeze = [] } = stage;
    const frozen = freeze.flatMap((part, i) =>
      problemsOf(['freeze', i], () => parameterNamesOfPart(network, part)),
    );
    return [...frozen, ...(init === undefined ? [] : initProblems(recipe, init, network))];
  });
}

function initProblems(
  recipe: Recipe,
  { stage, part, upTo }: NonNullable<TrainedStage['init']>,
  network: ModelDescription,
): Problem[] {
  if (part !== undefined && upTo !== undefined) {
    const description = 'say either `part` or `upTo`, which both choose layers';
    return [{ path: ['init', 'part'], description }];
  }
  const source = described(() => architectureOf(recipe, taskOf(recipe, stage)));
  if (part !== undefined) return partProblems(stage, part, network, source);
  const unknown =
    upTo === undefined ? [] : problemsOf(['init', 'upTo'], () => parameterNamesUpTo(network, upTo));
  const [own, theirs] = [network.config.architecture, source?.config.architecture];
  if (theirs === undefined || theirs === own) return unknown;
  const description = `its network is ${theirs} and this one ${own}; name a \`part\` that both have`;
  return [...unknown, { path: ['init', 'stage'], description }];
}

function partProblems(
  stage: string,
  part: string,
  network: ModelDescription,
  source: ModelDescription | undefined,
): Problem[] {
  const path = ['init', 'part'];
  const unknown = problemsOf(path, () => parameterNamesOfPart(network, part));
  if (unknown.length > 0 || source === undefined) return unknown;
  const shapes = new Map(source.parameters.map(({ name, shape }) => [name, shape.join(', ')]));
  const names = new Set(parameterNamesOfPart(network, part));
  const odd = network.parameters.find(
    ({ name, shape }) => names.has(name) && shapes.get(name) !== shape.join(', '),
  );
  if (odd === undefined) return [];
  const theirs = shapes.get(odd.name);
  const found = theirs === undefined ? 'has none' : `has one of [${theirs}]`;
  const needed = `"${part}" needs "${odd.name}" of [${odd.shape.join(', ')}]`;
  const description = `${needed}, and ${source.config.architecture} of stage "${stage}" ${found}`;
  return [{ path, description }];
}

/** A network by its architecture, with some data; none where its name is wrong anyway. */
function described(architecture: () => string): ModelDescription | undefined {
  return attempted(() => describeModel({ architecture: architecture(), ...someData }));
}

function problemsOf(path: Problem['path'], action: () => unknown): Problem[] {
  try {
    action();
    return [];
  } catch (error) {
    return [{ path, description: LyceumError.from(error).message }];
  }
}
