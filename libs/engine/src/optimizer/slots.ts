import { LyceumError, type Violation } from '@lyceum/errors';
import { tf } from '../tf.js';
import type { NamedTensors, NamedVariables } from './optimizer.js';

/** The state of an optimizer: a step counter and, per weight, one tensor a slot; all start at zero. */
export class Slots<Slot extends string> {
  step = 0;
  private readonly stepTensor: tf.Variable;
  private readonly tensors: ReadonlyMap<string, tf.Variable>;

  constructor(
    readonly names: readonly Slot[],
    weights: NamedVariables,
  ) {
    this.stepTensor = tf.tidy(() => tf.variable(tf.scalar(0, 'int32'), false));
    const entries = names.flatMap((slot) =>
      Object.entries(weights).map(([name, weight]) => [keyOf(slot, name), zeros(weight)] as const),
    );
    this.tensors = new Map(entries);
  }

  get(slot: Slot, weight: string): tf.Variable {
    const tensor = this.tensors.get(keyOf(slot, weight));
    if (tensor === undefined)
      throw new LyceumError('INTERNAL', `optimizer: no slot "${slot}" for weight "${weight}"`);
    return tensor;
  }

  state(): Record<string, tf.Tensor> {
    tf.tidy(() => this.stepTensor.assign(tf.scalar(this.step, 'int32')));
    return { step: this.stepTensor, ...Object.fromEntries(this.tensors) };
  }

  restore(state: NamedTensors): void {
    const expected = new Map<string, tf.Variable>([['step', this.stepTensor], ...this.tensors]);
    const violations = [...differences(expected, state)];
    if (violations.length > 0) {
      const found = violations.map(({ field, description }) => `${field}: ${description}`).join('; ');
      throw new LyceumError('SHAPE_MISMATCH', `optimizer state: ${found}`, { violations });
    }
    for (const [key, tensor] of expected)
      tf.tidy(() => tensor.assign(tf.cast(tf.clone(state[key]), tensor.dtype)));
    this.step = this.stepTensor.dataSync()[0];
  }

  dispose(): void {
    this.stepTensor.dispose();
    for (const tensor of this.tensors.values()) tensor.dispose();
  }
}

function* differences(expected: ReadonlyMap<string, tf.Tensor>, found: NamedTensors): Generator<Violation> {
  for (const [field, { shape }] of expected) {
    if (!(field in found)) yield { field, description: 'is missing' };
    else if (!tf.util.arraysEqual(found[field].shape, shape)) {
      yield {
        field,
        description: `must have shape [${shape.join(', ')}], found [${found[field].shape.join(', ')}]`,
      };
    }
  }
  for (const field of Object.keys(found)) {
    if (!expected.has(field))
      yield { field, description: 'does not belong to this optimizer and its weights' };
  }
}

function keyOf(slot: string, weight: string): string {
  return `${slot}/${weight}`;
}

function zeros(weight: tf.Variable): tf.Variable {
  return tf.tidy(() => tf.variable(tf.zeros(weight.shape, weight.dtype), false));
}
