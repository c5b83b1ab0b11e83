import type { tf } from '@lyceum/engine';
import { invalidField, renameFields, unknownName } from '@lyceum/errors';
import {
  assignTaps,
  computeKey,
  findLoss,
  imageInputs,
  parseParams,
  resolveTaps,
  slotOf,
  type AnyLoss,
  type TapOffer,
  type TensorMap,
} from '@lyceum/losses';
import { frozenInputs, type TeacherNetwork } from './frozen-inputs.js';
import type { PlannedKey } from './inference-api.js';

/** The key half of a loss, from the teacher's outputs by tap, and the images, to the answer's tensors. */
export type KeyProgram = (outputs: TensorMap, images: tf.Tensor4D) => TensorMap;

export interface CompiledKey {
  readonly program: KeyProgram;
  /** Taps that it reads. */
  readonly taps: readonly string[];
}

/** Prepares the keys of a plan; errors, now and when a program runs, name the key and its field. */
export function compileKeys(keys: readonly PlannedKey[], teacher: TeacherNetwork): CompiledKey[] {
  return keys.map((key, i) => {
    const within = <T>(action: () => T): T => {
      try {
        return action();
      } catch (error) {
        throw renameFields(error, (field) => `keys[${i}].${specField(field)}`);
      }
    };
    const { program, taps } = within(() => compileKey(key, teacher));
    return { taps, program: (outputs, images) => within(() => program(outputs, images)) };
  });
}

/** Where the contract's messages hold what the losses' library finds fault with. */
function specField(field: string): string {
  return field.replace(/^student\./, 'student_shapes.').replace(/^extra\./, 'frozen.');
}

function compileKey(key: PlannedKey, teacher: TeacherNetwork): CompiledKey {
  const offers = teacher.taps;
  const module = findLoss(key.loss);
  if (module.teacher.length === 0)
    throw invalidField('loss', `"${key.loss}" needs no teacher, so it has no key`);
  const params = parseParams(module.params, key.params);
  const given = Object.keys(key.teacherTaps).length > 0;
  const taps = given
    ? checkedTaps(module, key.teacherTaps, offers)
    : assignTaps(module.teacher, params, offers);
  const context = { params, studentShapes: key.studentShapes, source: partOf(module, key) };
  const frozen = frozenInputs(module, key, taps, teacher);
  const program: KeyProgram = (outputs, images) => {
    const bySlot = Object.fromEntries(Object.entries(taps).map(([slot, tap]) => [slot, outputs[tap]]));
    const keys = computeKey(module, bySlot, {
      ...context,
      extra: { ...frozen(), ...imageInputs(module, 'key', images) },
    });
    return Object.fromEntries(Object.entries(keys).map(([name, tensor]) => [`${key.id}/${name}`, tensor]));
  };
  return { program, taps: Object.values(taps) };
}

/** The part that the teacher plays; one of the loss's own where its teachers play different ones. */
function partOf({ sourceNames }: AnyLoss, { source = 'teacher' }: PlannedKey): string {
  if (sourceNames !== undefined && !sourceNames.includes(source))
    throw unknownName('source', source, sourceNames, 'source');
  return source;
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
      throw unknownName(
        'slot',
        name,
        teacher.map((known) => known.name),
        field,
      );
    }
    try {
      resolveTaps(slot, offers, [tap]);
    } catch (error) {
      throw renameFields(error, () => field);
    }
  }
  return assigned;
}
