import { LyceumError } from '@lyceum/errors';
import { tf } from '../tf.js';
import type { NamedTensors, NamedVariables, Optimizer } from './optimizer.js';
import { Slots } from './slots.js';

/** The arithmetic of one kind of optimizer on one weight. */
export interface UpdateRule<Slot extends string> {
  readonly slots: readonly Slot[];
  /**
   * Prepares the numbers of a step once for all weights, as scalars on the engine.
   * @param step counts from 1.
   */
  begin(learningRate: number, step: number): WeightUpdate<Slot>;
}

/** Assigns new values to the weight and its slots. */
export type WeightUpdate<Slot extends string> = (
  weight: tf.Variable,
  gradient: tf.Tensor,
  slot: Readonly<Record<Slot, tf.Variable>>,
) => void;

/** Runs a rule over all weights and keeps its state. */
export class RuleOptimizer<Slot extends string> implements Optimizer {
  private readonly slots: Slots<Slot>;

  constructor(
    private readonly rule: UpdateRule<Slot>,
    private readonly weights: NamedVariables,
  ) {
    this.slots = new Slots(rule.slots, weights);
  }

  apply(gradients: NamedTensors, learningRate: number): void {
    this.check(gradients);
    this.slots.step += 1;
    tf.tidy(() => {
      const update = this.rule.begin(learningRate, this.slots.step);
      for (const [name, gradient] of Object.entries(gradients)) {
        update(this.weights[name], gradient, this.slotsOf(name));
      }
    });
  }

  state(): Record<string, tf.Tensor> {
    return this.slots.state();
  }

  restore(state: NamedTensors): void {
    this.slots.restore(state);
  }

  dispose(): void {
    this.slots.dispose();
  }

  private slotsOf(weight: string): Record<Slot, tf.Variable> {
    const entries = this.rule.slots.map((slot) => [slot, this.slots.get(slot, weight)] as const);
    return Object.fromEntries(entries) as Record<Slot, tf.Variable>;
  }

  private check(gradients: NamedTensors): void {
    for (const [name, gradient] of Object.entries(gradients)) {
      if (!Object.hasOwn(this.weights, name)) {
        throw new LyceumError(
          'UNKNOWN_NAME',
          `optimizer: there is a gradient for "${name}", which is not its weight`,
        );
      }
      const { shape } = this.weights[name];
      if (!tf.util.arraysEqual(shape, gradient.shape)) {
        const text = `must have its weight's shape [${shape.join(', ')}], found [${gradient.shape.join(', ')}]`;
        const violations = [{ field: name, description: text }];
        throw new LyceumError('SHAPE_MISMATCH', `optimizer: the gradient of "${name}" ${text}`, {
          violations,
        });
      }
    }
  }
}
