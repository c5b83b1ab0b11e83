import { renameFields, unknownName } from '@lyceum/errors';
import {
  assignedShapes,
  assignTaps,
  checkPairs,
  losses,
  parseParams,
  type AnyLoss,
  type Slot,
} from '@lyceum/losses';
import type { Model, TapInfo } from '@lyceum/models';
import type { TrainTask } from '@lyceum/recipes';
import type { RemoteLossDescription } from './compute-api.js';

type Entry = TrainTask['losses'][number];

/** A loss of the recipe with everything resolved that depends on the student's and teachers' taps. */
export interface ResolvedLoss {
  readonly entry: Entry;
  /** Student tap of each slot. */
  readonly studentTaps: Readonly<Record<string, string>>;
  readonly studentShapes: Readonly<Record<string, readonly number[]>>;
  /** Teachers and peers that give its keys. */
  readonly sources: readonly string[];
  /** Teacher tap of each slot, by source. */
  readonly teacherTaps: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Teacher shapes by slot; `<source>/<slot>` for sources that are not called `teacher`. */
  readonly teacherShapes: Readonly<Record<string, readonly number[]>>;
  /** Whether the teacher is asked for raw taps, since it can't compute the key of a loss it does not know. */
  readonly rawKeys: boolean;
}

/** Finds the taps of one loss; throws with the slot or tap that does not fit. */
export function resolveLoss(
  entry: Entry,
  task: TrainTask,
  model: Model,
  teacherTaps: Readonly<Record<string, readonly TapInfo[]>>,
  remote: RemoteLossDescription | undefined,
): ResolvedLoss {
  const known = losses.get(entry.loss);
  const module = known ?? asModule(entry.loss, remote);
  const params = known === undefined ? {} : parseParams(known.params, entry.params);
  const studentTaps = onSide('studentTaps', () =>
    assignTaps(module.student, params, model.taps, entry.studentTaps),
  );
  const sources = module.teacher.length === 0 ? [] : (entry.from ?? sourcesOf(task, module));
  // Peers are students of the same stage; their taps are taken to be shaped like this student's.
  const tapsOf = (source: string) => teacherTaps[source] ?? model.taps;
  const assigned = sources.map((source) => {
    const taps = onSide('teacherTaps', () =>
      assignTaps(module.teacher, params, tapsOf(source), entry.teacherTaps),
    );
    checkPairs(module, studentTaps, taps);
    return [source, taps] as const;
  });
  const shapes = assigned.flatMap(([source, taps]) =>
    Object.entries(assignedShapes(taps, tapsOf(source))).map(([slot, shape]) => [
      source === 'teacher' ? slot : `${source}/${slot}`,
      shape,
    ]),
  );
  return {
    entry,
    studentTaps,
    studentShapes: assignedShapes(studentTaps, model.taps),
    sources,
    teacherTaps: Object.fromEntries(assigned),
    teacherShapes: Object.fromEntries(shapes) as Record<string, readonly number[]>,
    rawKeys: known === undefined,
  };
}

/** The losses' library speaks of `taps`; a recipe has those of two sides. */
function onSide<T>(side: 'studentTaps' | 'teacherTaps', action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw renameFields(error, (field) => field.replace(/^taps\b/, side));
  }
}

type Declared = Pick<AnyLoss, 'student' | 'teacher' | 'keySources'>;

/** A loss that only its service knows, as it describes itself. */
function asModule(loss: string, remote: RemoteLossDescription | undefined): Declared & AnyLoss {
  if (remote === undefined) throw unknownName('loss', loss, losses.keys());
  const slots = (described: RemoteLossDescription['studentSlots']) => described as readonly Slot[];
  return {
    student: slots(remote.studentSlots),
    teacher: slots(remote.teacherSlots),
    keySources: ['teacher', 'peer'],
  } as Declared as AnyLoss;
}

function sourcesOf(task: TrainTask, { keySources }: Declared): string[] {
  const teachers = task.teachers.map((teacher) => teacher.name);
  return [
    ...(keySources.includes('teacher') ? teachers : []),
    ...(keySources.includes('peer') ? task.peers : []),
  ];
}
