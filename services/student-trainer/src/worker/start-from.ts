import { LyceumError } from '@lyceum/errors';
import { parameterNamesOfPart, parameterNamesUpTo, restoreModel, type Model } from '@lyceum/models';
import type { TrainTask } from '@lyceum/recipes';

/**
 * Copies the weights of an earlier stage: all of them, those of the layers up to a tap, or those of a part, which
 * networks of other architectures may have too.
 * @throws LyceumError SHAPE_MISMATCH for weights that do not fit.
 */
export function startFrom(
  model: Model,
  weights: Uint8Array,
  { part, upTo }: Omit<NonNullable<TrainTask['init']>, 'weights'> = {},
): void {
  const config = part === undefined ? { config: model.config } : {};
  const source = restoreModel(weights, { ...config, label: 'init' });
  try {
    const given = new Map(source.parameters.map(({ name, variable }) => [name, variable]));
    const wanted = new Set(wantedNames(model, part, upTo));
    for (const { name, variable } of model.parameters) {
      if (!wanted.has(name)) continue;
      const value = given.get(name);
      if (value?.shape.join() !== variable.shape.join()) throw unfit(name, variable.shape, value?.shape);
      variable.assign(value);
    }
  } finally {
    source.dispose();
  }
}

function wantedNames(model: Model, part: string | undefined, upTo: string | undefined): readonly string[] {
  if (part !== undefined) return parameterNamesOfPart(model, part);
  return upTo === undefined ? model.parameters.map(({ name }) => name) : parameterNamesUpTo(model, upTo);
}

function unfit(name: string, own: readonly number[], found?: readonly number[]): LyceumError {
  const text = found === undefined ? 'it is missing' : `found [${found.join(', ')}]`;
  const description = `"${name}" must be [${own.join(', ')}], ${text}`;
  return new LyceumError('SHAPE_MISMATCH', `init.part: ${description}`, {
    violations: [{ field: 'init.part', description }],
  });
}
