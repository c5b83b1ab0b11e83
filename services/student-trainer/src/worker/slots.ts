import { invalidFields, unknownName } from '@lyceum/errors';
import {
  assignedShapes,
  assignTaps,
  checkPairs,
  findLoss,
  keyShapes,
  losses,
  parseParams,
  settingOf,
  shapeMismatch,
  type AnyLoss,
  type ShapeMap,
  type Slot,
} from '@lyceum/losses';
import type { ModelDescription, TapInfo } from '@lyceum/models';
import { lossProblems, sourcesOf, type KeyGivers, type TrainTask } from '@lyceum/recipes';
import { needsLogits } from './combine-keys.js';
import type { RemoteLossDescription } from './compute-api.js';

type Entry = TrainTask['losses'][number];

/** A teacher or peer by its name in the recipe, and the name by which the loss knows it. */
export interface SourcePart {
  readonly source: string;
  readonly part: string;
}

/** A loss of the recipe with everything resolved that depends on the student's and teachers' taps. */
export interface ResolvedLoss {
  readonly entry: Entry;
  /** Its declaration; of a loss that only its service knows, what the service says. */
  readonly module: Declared;
  /** Student tap of each slot. */
  readonly studentTaps: Readonly<Record<string, string>>;
  readonly studentShapes: ShapeMap;
  /** Teachers and peers that give its keys. */
  readonly parts: readonly SourcePart[];
  /** Teacher tap of each slot, by source. */
  readonly teacherTaps: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Teacher shapes by slot; `<part>/<slot>` for sources that are not called `teacher`. */
  readonly teacherShapes: ShapeMap;
  /** Whether the teacher is asked for raw taps, since it can't compute the key of a loss it does not know. */
  readonly rawKeys: boolean;
  /** Whether the loss sees the sources' keys combined, as those of one teacher. */
  readonly combined: boolean;
}

/** What the trainer reads of a loss's declaration. */
export type Declared = Pick<AnyLoss, 'student' | 'teacher' | 'keySources'> & Partial<AnyLoss>;

/** Finds the taps of one loss; throws with the slot or tap that does not fit. */
export function resolveLoss(
  entry: Entry,
  task: Pick<TrainTask, 'teachers' | 'peers'>,
  model: Pick<ModelDescription, 'taps' | 'config'>,
  teacherTaps: Readonly<Record<string, readonly TapInfo[]>>,
  remote: RemoteLossDescription | undefined,
): ResolvedLoss {
  const givers = { teachers: task.teachers.map(({ name }) => name), peers: task.peers };
  const known = knownLoss(entry.loss, remote);
  if (known !== undefined) requireFit(known, entry, givers);
  const module = known ?? declaredBy(entry.loss, remote);
  const params = known === undefined ? {} : parseParams(known.params, entry.params);
  const studentTaps = assignTaps(module.student, params, model.taps, entry.studentTaps);
  const sources = sourcesOf(module, entry, givers);
  // Peers are students of the same stage; their taps are taken to be shaped like this student's.
  const tapsOf = (source: string) => teacherTaps[source] ?? model.taps;
  const assigned = sources.map((source) => {
    const taps = assignTaps(module.teacher, params, tapsOf(source), entry.teacherTaps);
    if (known !== undefined) checkPairs(known, studentTaps, taps);
    return { source, taps, shapes: assignedShapes(taps, tapsOf(source)) };
  });
  const studentShapes = assignedShapes(studentTaps, model.taps);
  const combined = entry.combine !== undefined && sources.length > 1;
  if (combined) {
    requireEqualKeys(known, entry, studentShapes, assigned);
    for (const source of sources) requireClasses(entry, source, tapsOf(source), model.config.classCount);
  }
  const names = combined ? undefined : known?.sourceNames;
  const parts = sources.map((source, index) => ({ source, part: names?.[index] ?? source }));
  return {
    entry,
    module,
    studentTaps,
    studentShapes,
    parts,
    teacherTaps: Object.fromEntries(assigned.map(({ source, taps }) => [source, taps])),
    teacherShapes: combined
      ? assigned[0].shapes
      : byPart(parts.map(({ part }, index) => [part, assigned[index].shapes])),
    rawKeys: known === undefined,
    combined,
  };
}

/** A loss of this process; none where only the service that is to compute it knows it. */
function knownLoss(name: string, remote: RemoteLossDescription | undefined): AnyLoss | undefined {
  if (remote === undefined || losses.has(name)) return findLoss(name);
  try {
    return findLoss(name);
  } catch {
    return undefined;
  }
}

/** A loss that only its service knows, as it describes itself. */
function declaredBy(loss: string, remote: RemoteLossDescription | undefined): Declared {
  if (remote === undefined) throw unknownName('loss', loss, losses.keys());
  return {
    student: remote.studentSlots as readonly Slot[],
    teacher: remote.teacherSlots as readonly Slot[],
    keySources: remote.keySources as AnyLoss['keySources'],
  };
}

/** What a recipe's check can not see where it does not have the loss: one of a package. */
function requireFit(module: AnyLoss, entry: Entry, givers: KeyGivers): void {
  const problems = lossProblems(module, entry, givers);
  if (problems.length === 0) return;
  throw invalidFields(problems.map(({ path, description }) => ({ field: path.join('.'), description })));
}

/** Keys can be combined when they are of one shape, whatever the taps that they are made from. */
function requireEqualKeys(
  module: AnyLoss | undefined,
  { params, combine }: Entry,
  studentShapes: ShapeMap,
  assigned: readonly { readonly source: string; readonly shapes: ShapeMap }[],
): void {
  const shapes = assigned.map(({ source, shapes: teacherShapes }) => {
    if (module === undefined) return { source, shapes: teacherShapes };
    const setting = settingOf(module, { params, studentShapes, teacherShapes });
    return { source, shapes: keyShapes(module, setting) };
  });
  const [first, ...others] = shapes;
  for (const { source, shapes: found } of others) {
    for (const name of Object.keys(first.shapes)) {
      const [left, right] = [first.shapes[name], found[name] ?? []].map((shape) => `[${shape.join(', ')}]`);
      if (left === right) continue;
      const rule = typeof combine === 'string' ? combine : combine?.name;
      throw shapeMismatch(
        'combine',
        `${rule} needs keys of one shape; "${name}" is ${left} of "${first.source}" and ${right} of "${source}"; ` +
          'give each teacher an entry of its own, by `from`',
      );
    }
  }
}

/** Teachers can only be weighed by how well they know a label that is among their classes. */
function requireClasses(
  { combine }: Entry,
  source: string,
  taps: readonly TapInfo[],
  classCount: number,
): void {
  const found = taps.find(({ role }) => role === 'logits')?.shape[0];
  if (combine === undefined || !needsLogits(combine) || found === classCount) return;
  throw shapeMismatch(
    'combine',
    `"${source}" has ${found ?? 0} classes and the data ${classCount}, so its answers can't be weighed; ` +
      'only `average` looks at no answers',
  );
}

function byPart(shapes: readonly (readonly [part: string, shapes: ShapeMap])[]): ShapeMap {
  const entries = shapes.flatMap(([part, slots]) =>
    Object.entries(slots).map(([slot, shape]) => [part === 'teacher' ? slot : `${part}/${slot}`, shape]),
  );
  return Object.fromEntries(entries) as ShapeMap;
}
