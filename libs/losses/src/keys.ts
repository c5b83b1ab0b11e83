import { tf } from '@lyceum/engine';
import { shapeMismatch, slotShape } from './setting.js';
import type { AnyLoss, KeyContext, LossSetting, ShapeMap, Slot, TensorMap } from './loss.js';
import { slotOf } from './slots.js';

/**
 * Runs the teacher's half of a loss: what crosses the wire instead of the taps.
 * @param taps the source's taps by slot, `[N, ...]`.
 * @returns tensors of the caller's scope; the taps themselves for a loss without a key half.
 */
export function computeKey(module: AnyLoss, taps: TensorMap, context: KeyContext): TensorMap {
  const shaped = asSlotTensors(module.teacher, taps, context.source);
  if (module.key === undefined) return shaped;
  return module.key(shaped, {
    ...context,
    studentShapes: asSlotShapes(module.student, context.studentShapes),
  });
}

/** Shapes as their slots want them; a key half that asks for one that was not given is told so. */
function asSlotShapes(slots: readonly Slot[], shapes: ShapeMap): ShapeMap {
  const shaped = Object.entries(shapes).map(([name, shape]) => {
    const slot = slotOf(name, slots);
    if (slot === undefined) throw shapeMismatch(`student.${name}`, 'the loss has no such slot');
    return [name, slotShape(slot, shape, `student.${name}`)] as const;
  });
  return new Proxy<ShapeMap>(Object.fromEntries(shaped), {
    get(given, name) {
      if (typeof name === 'symbol' || name in given) return Reflect.get(given, name) as unknown;
      throw shapeMismatch(`student.${name}`, 'the key depends on the shape of this tap, found none');
    },
  });
}

/** Taps as their slots want them: a pooled feature in a map's slot becomes a map of one place. */
export function asSlotTensors(slots: readonly Slot[], taps: TensorMap, side: string): TensorMap {
  const shaped = Object.entries(taps).map(([name, tensor]) => {
    const slot = slotOf(name, slots);
    if (slot === undefined) throw shapeMismatch(`${side}.${name}`, 'the loss has no such slot');
    if (slot.kind !== 'map' || tensor.rank !== 2) return [name, tensor] as const;
    const [batch, width] = tensor.shape as [number, number];
    return [name, tf.reshape(tensor, [batch, 1, 1, width])] as const;
  });
  return Object.fromEntries(shaped);
}

/**
 * Shapes of a source's key without the batch dimension, found by running the key half on zeros, by default on one
 * sample of them, with zeros for its extra inputs as well. Sizes that follow the batch (`keyIsPerBatch`) are those of
 * a batch of `batchSize`.
 */
export function keyShapes(
  module: AnyLoss,
  setting: LossSetting,
  source = 'teacher',
  batchSize = 1,
): ShapeMap {
  const shapes =
    setting.sources.find((candidate) => candidate.source === source)?.shapes ?? setting.teacherShapes;
  return tf.tidy(() => {
    const taps = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name, tf.zeros([batchSize, ...shape])]),
    );
    const { params, studentShapes } = setting;
    const extra = zerosOfExtra(module, setting, batchSize);
    const key = computeKey(module, taps, { params, studentShapes, source, extra });
    return Object.fromEntries(Object.entries(key).map(([name, tensor]) => [name, tensor.shape.slice(1)]));
  });
}

/** Zeros for every extra input of the key half whose shape is known. */
function zerosOfExtra(module: AnyLoss, setting: LossSetting, batchSize: number): TensorMap {
  const entries = (module.extra ?? []).flatMap(({ name, half, from, shape }) => {
    if (half !== 'key' || shape === undefined) return [];
    return [[name, tf.zeros([...(from === 'images' ? [batchSize] : []), ...shape(setting)])] as const];
  });
  return Object.fromEntries(entries);
}
