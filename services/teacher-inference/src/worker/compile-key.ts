import { invalidField, renameFields, unknownName } from '@lyceum/errors';
import {
  assignTaps,
  computeKey,
  findLoss,
  parseParams,
  resolveTaps,
  slotOf,
  type AnyLoss,
  type TapOffer,
  type TensorMap,
} from '@lyceum/losses';
import type { PlannedKey } from './inference-api.js';

/** The key half of a loss, from the teacher's outputs by tap to the answer's tensors. */
export type KeyProgram = (outputs: TensorMap) => TensorMap;

/** Prepares one key: finds its taps and parameters; errors name the field of the key. */
export function compileKey(key: PlannedKey, offers: readonly TapOffer[]): { program: KeyProgram; taps: string[] } {
  const module = findLoss(key.loss);
  if (module.teacher.length === 0)
    throw invalidField('loss', `"${key.loss}" needs no teacher, so it has no key`);
  const params = parseParams(module.params, key.params);
  const given = Object.keys(key.teacherTaps).length > 0;
  const taps = given ? checkedTaps(module, key.teacherTaps, offers) : assignTaps(module.teacher, params, offers);
  const context = { params, studentShapes: key.studentShapes, source: 'teacher', extra: {} };
  const program = (outputs: TensorMap) => {
    const bySlot = Object.fromEntries(Object.entries(taps).map(([slot, tap]) => [slot, outputs[tap]]));
    try {
      const keys = computeKey(module, bySlot, context);
      return Object.fromEntries(Object.entries(keys).map(([name, tensor]) => [`${key.id}/${name}`, tensor]));
    } catch (error) {
      throw renameFields(error, (field) => field.replace(/^student\./, 'student_shapes.'));
    }
  };
  return { program, taps: Object.values(taps) };
}

/** Taps by slot as the caller assigned them. */
function checkedTaps(
  { teacher }: AnyLoss,
  assigned: Readonly<Record<string, string>>,
  offers: readonly TapOffer[],
): Readonly<Record<string, string>> {
  for (const [name, tap] of Object.entries(assigned)) {
    const field = `teacher_taps.${name}`;
    const slot = slotOf(name, teacher);
    if (slot === undefined) {
      throw unknownName('slot', name, teacher.map((known) => known.name), field);
    }
    try {
      resolveTaps(slot, offers, [tap]);
    } catch (error) {
      throw renameFields(error, () => field);
    }
  }
  return assigned;
}
