import { LyceumError } from '@lyceum/errors';
import { describe, expect, it } from 'vitest';
import { parseRecipe } from './parse.js';
import { requireLossPackages } from './require-loss-packages.js';

const recipe = (losses: string) =>
  parseRecipe(`apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: test }
spec:
  data: { name: fashion-mnist }
  models: { small: { architecture: resnet8 } }
  stages: [{ name: one, kind: train, model: small, losses: [${losses}] }]`);

describe('losses of packages in a recipe', () => {
  it('are refused all at once where their packages were not loaded', () => {
    const given = recipe('{ loss: "gaps#a" }, { loss: ce }, { loss: "@mine/more#b", via: loss-service }');
    expect.assertions(2);
    try {
      requireLossPackages(given);
    } catch (caught) {
      const { reason, message, violations } = LyceumError.from(caught);
      expect([reason, message]).toEqual([
        'FORBIDDEN',
        'spec.stages[0].losses[0].loss: package "gaps" is not allowed here; if you trust its code, start the orchestrator (or `lyceum run`) with --loss-packages gaps,@mine/more',
      ]);
      expect(violations.map(({ field }) => field)).toEqual([
        'spec.stages[0].losses[0].loss',
        'spec.stages[0].losses[2].loss',
      ]);
    }
  });

  it('are the affair of a service of its own where one computes them', () => {
    expect(() => requireLossPackages(recipe('{ loss: "gaps#a", via: "unix:/tmp/own.sock" }'))).not.toThrow();
  });
});
