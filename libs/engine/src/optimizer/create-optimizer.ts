import { invalidFields, unknownName, type Violation } from '@lyceum/errors';
import { adamRule } from './adam.js';
import type { NamedVariables, Optimizer, OptimizerOptions } from './optimizer.js';
import { rmsPropRule } from './rmsprop.js';
import { sgdRule } from './sgd.js';
import { RuleOptimizer } from './update-rule.js';

/**
 * Makes an optimizer for these weights, its state at zero.
 * @example const optimizer = createOptimizer({ name: 'sgd', weightDecay: 5e-4 }, weights);
 * @throws LyceumError UNKNOWN_NAME for another kind; INVALID_FIELD naming each number out of its range.
 */
export function createOptimizer(options: OptimizerOptions, weights: NamedVariables): Optimizer {
  const violations = [...outOfRange(options)];
  if (violations.length > 0) throw invalidFields(violations);
  switch (options.name) {
    case 'sgd':
      return new RuleOptimizer(sgdRule(options), weights);
    case 'adam':
    case 'adamw':
      return new RuleOptimizer(adamRule(options), weights);
    case 'rmsprop':
      return new RuleOptimizer(rmsPropRule(options), weights);
    default:
      throw unknownName('optimizer', String((options as { name: unknown }).name), [
        'sgd',
        'adam',
        'adamw',
        'rmsprop',
      ]);
  }
}

const below1 = ['momentum', 'beta1', 'beta2', 'alpha'];
const notNegative = [...below1, 'epsilon', 'weightDecay'];

function* outOfRange(options: OptimizerOptions): Generator<Violation> {
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (value === undefined || !notNegative.includes(name)) continue;
    const limit = below1.includes(name) ? 1 : Infinity;
    if (typeof value !== 'number' || !(value >= 0 && value < limit)) {
      const allowed = limit === 1 ? 'from 0 to below 1' : '0 or above';
      yield {
        field: `optimizer.${name}`,
        description: `must be a number ${allowed}, found ${JSON.stringify(value)}`,
      };
    }
  }
}
