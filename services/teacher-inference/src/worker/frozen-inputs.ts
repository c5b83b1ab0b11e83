import { tf } from '@lyceum/engine';
import { LyceumError, unknownName } from '@lyceum/errors';
import { settingOf, type AnyLoss, type ShapeMap, type TensorMap } from '@lyceum/losses';
import type { PlannedKey } from './inference-api.js';

/**
 * Compares the constants of a key half with what the loss declares. One that is missing is told by the key half, which
 * alone knows whether it reads it.
 * @returns puts them on the engine, in the caller's scope.
 */
export function frozenInputs(
  module: AnyLoss,
  { params, studentShapes, frozen }: PlannedKey,
  teacherShapes: ShapeMap,
): () => TensorMap {
  if (frozen.length === 0) return () => ({});
  const declared = (module.extra ?? []).filter(({ from, half }) => from === 'frozen' && half === 'key');
  const known = declared.map(({ name }) => name);
  const setting = settingOf(module, { params, studentShapes, teacherShapes });
  for (const { name, shape } of frozen) {
    const input = declared.find((one) => one.name === name);
    if (input === undefined) throw unknownName('constant', name, known, `frozen.${name}`);
    const wanted = input.shape?.(setting) ?? shape;
    if (wanted.join() === shape.join()) continue;
    const description = `must have shape [${wanted.join(', ')}], found [${shape.join(', ')}]`;
    throw new LyceumError('SHAPE_MISMATCH', `frozen.${name}: ${description}`, {
      violations: [{ field: `frozen.${name}`, description }],
    });
  }
  return () =>
    Object.fromEntries(frozen.map(({ name, shape, data }) => [name, tf.tensor(data, shape, 'float32')]));
}
