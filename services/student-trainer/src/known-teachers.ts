import { openTeacher } from '@lyceum/client';
import type { Teacher } from '@lyceum/contracts/teacher';
import type { TapInfo } from '@lyceum/models';
import type { TaskTeacher } from '@lyceum/recipes';
import { patiently } from './patiently.js';
import type { TaskContext } from './task-context.js';

/** What the services of a task's teachers say of them. */
export interface KnownTeachers {
  /** By the teachers' names. */
  readonly taps: Readonly<Record<string, readonly TapInfo[]>>;
  /** Digests of their weights, by `teacherDigest.<name>`. */
  readonly digests: Readonly<Record<string, string>>;
}

/** Asks the teachers of a task what they are; those that are still starting are waited for. */
export async function knownTeachers(
  teachers: readonly TaskTeacher[],
  context: TaskContext,
): Promise<KnownTeachers> {
  const asked = teachers.map(async ({ name }) => {
    const { taps, weightsDigest } = await patiently(context, () =>
      described(context.addressOf(`teacher:${name}`)),
    );
    return { name, taps: taps.map((tap) => ({ ...tap, role: tap.role as TapInfo['role'] })), weightsDigest };
  });
  const known = await Promise.all(asked);
  return {
    taps: Object.fromEntries(known.map(({ name, taps }) => [name, taps])),
    digests: Object.fromEntries(
      known.map(({ name, weightsDigest }) => [`teacherDigest.${name}`, weightsDigest]),
    ),
  };
}

async function described(address: string): Promise<Teacher> {
  const teacher = openTeacher(address);
  try {
    return await teacher.get('');
  } finally {
    teacher.close();
  }
}
