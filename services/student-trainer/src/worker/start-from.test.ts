import { startEngine } from '@lyceum/engine';
import { LyceumError } from '@lyceum/errors';
import {
  buildModel,
  parameterNamesOfPart,
  parameterNamesUpTo,
  saveWeights,
  type Model,
} from '@lyceum/models';
import { beforeAll, describe, expect, it } from 'vitest';
import { startFrom } from './start-from.js';

beforeAll(() => startEngine({ backend: 'js' }));

const build = (architecture: string, seed: number): Model =>
  buildModel({ architecture, classCount: 3, inputShape: [8, 8, 1] }, seed);

/** Names of the parameters that two models have in common, to the last bit, of those that start at random. */
function shared(model: Model, other: Model): string[] {
  const values = ({ parameters }: Model) =>
    new Map(parameters.map(({ name, variable }) => [name, [...variable.dataSync()].join()]));
  const theirs = values(other);
  return [...values(model)].filter(([name, value]) => theirs.get(name) === value).map(([name]) => name);
}

const drawn = (names: readonly string[]) => names.filter((name) => !/bn|running/.test(name));

describe('a network starts', () => {
  it('from a part of another architecture, and from nothing else of it', () => {
    const [context, gated] = [build('cdgc-context-4', 1), build('resnet8-cdgc4', 2)];
    startFrom(gated, saveWeights(context), { part: 'encoder' });
    expect(drawn(shared(gated, context))).toEqual(drawn(parameterNamesOfPart(gated, 'encoder')));
  });

  it('from the layers up to a tap, or from all', () => {
    const [first, second, third] = [1, 2, 3].map((seed) => build('plain-cnn-2', seed));
    startFrom(second, saveWeights(first), { upTo: 'f1' });
    expect(drawn(shared(second, first))).toEqual(drawn(parameterNamesUpTo(second, 'f1')));
    startFrom(third, saveWeights(first));
    expect(shared(third, first)).toEqual(third.parameters.map(({ name }) => name));
  });

  it('not from a part that is not there, or of another shape', () => {
    const [context, gated, plain] = ['cdgc-context-8', 'resnet8-cdgc4', 'plain-cnn-2'].map((name) => build(name, 1)); // prettier-ignore
    const refused = (model: Model, part: string): LyceumError => {
      try {
        startFrom(model, saveWeights(context), { part });
      } catch (error) {
        return LyceumError.from(error);
      }
      throw new Error('nothing was refused');
    };
    expect(refused(gated, 'encoder').message).toBe(
      'init.part: "encoder.conv1.weight" must be [3, 3, 1, 4], found [3, 3, 1, 8]',
    );
    expect(refused(plain, 'group1').message).toContain('it is missing');
    expect(refused(gated, 'encode').reason).toBe('UNKNOWN_NAME');
  });
});
