import { tf } from '@lyceum/engine';
import type { Random } from '@lyceum/random';
import type { Critic } from './critic.js';
import type { LossSetting, ShapeMap, TensorMap } from './loss.js';
import { onSharedGrid } from './map-pairs.js';

/** Where representations of two networks are compared. */
export type Level = 'global' | 'local' | 'feature';

type Setting = Pick<LossSetting, 'studentShapes' | 'teacherShapes'>;

/**
 * The critics of the levels whose taps are there: `global` compares the slots `embed`, `local` the teacher's `embed` with
 * the student's `layer2`, `feature` the slots `layer1`.
 */
export function criticsOf({ studentShapes, teacherShapes }: Setting, hidden: number): readonly LevelCritic[] {
  return levels.flatMap(({ level, teacher, student }) => {
    const [theirs, mine] = [channels(teacherShapes, teacher), channels(studentShapes, student)];
    return theirs === 0 || mine === 0 ? [] : [{ name: level, teacher: theirs, student: mine, hidden }];
  });
}

/** A critic under its level's name. */
export type LevelCritic = Critic & { readonly name: Level };

const levels = [
  { level: 'global', teacher: 'embed', student: 'embed' },
  { level: 'local', teacher: 'embed', student: 'layer2' },
  { level: 'feature', teacher: 'layer1', student: 'layer1' },
] as const;

function channels(shapes: ShapeMap, slot: string): number {
  return shapes[slot]?.at(-1) ?? 0;
}

/** What a level compares, `[N, P, C]` of teacher and student; one place where the teacher has one for all. */
export function levelFeatures(
  level: Level,
  teacher: TensorMap,
  student: TensorMap,
  setting: Setting,
): readonly [teacher: tf.Tensor3D, student: tf.Tensor3D] {
  if (level === 'global') return [byPlace(teacher.embed), byPlace(student.embed)];
  if (level === 'local') return [byPlace(teacher.embed), byPlace(student.layer2)];
  const mine = onSharedGrid(student.layer1 as tf.Tensor4D, setting.teacherShapes.layer1);
  return [byPlace(teacher.layer1), byPlace(mine)];
}

/** A map or an embedding as `[N, P, C]`. */
export function byPlace(tensor: tf.Tensor): tf.Tensor3D {
  return tf.reshape(tensor, [tensor.shape[0], -1, tensor.shape.at(-1) ?? 0]);
}

/** int32 `[batch]`: for each sample another one of the batch, each once; a sample alone gets itself. */
export function otherSampleEach(batch: number, random: Random): tf.Tensor1D {
  const circle = random.permutation(batch);
  const others = new Int32Array(batch);
  circle.forEach((sample, place) => (others[sample] = circle[(place + 1) % batch]));
  return tf.tensor1d(others, 'int32');
}
