import { LyceumError, nearestNames, renameFields } from '@lyceum/errors';
import {
  assignTaps,
  describeLoss,
  hasPackage,
  numberedNames,
  parseLossName,
  parseParams,
  type AnyLoss,
  type GivenTaps,
  type Slot,
  type TapOffer,
} from '@lyceum/losses';
import { encodingProblems, slotEncodingProblems } from './check-encoding.js';
import type { LossEntry } from './schema.js';

/** Something wrong, and where: a path from the document's root or from the entry that was checked. */
export interface Problem {
  readonly path: readonly (string | number)[];
  readonly description: string;
}

/** What is checked of an entry: its taps are names. */
export type CheckedLoss = Pick<
  LossEntry,
  'loss' | 'params' | 'studentTaps' | 'from' | 'combine' | 'encoding' | 'topK'
> & {
  readonly teacherTaps: GivenTaps;
  readonly constants?: unknown;
};

/** Who is there to give keys, by name. */
export interface KeyGivers {
  readonly teachers: readonly string[];
  readonly peers: readonly string[];
}

/** The teachers and peers whose keys a loss compares with, in the order of `from` or of the stage. */
export function sourcesOf(
  module: Pick<AnyLoss, 'teacher' | 'keySources'>,
  entry: Pick<LossEntry, 'from'>,
  { teachers, peers }: KeyGivers,
): readonly string[] {
  if (module.teacher.length === 0) return [];
  if (entry.from !== undefined) return entry.from;
  return [
    ...(module.keySources.includes('teacher') ? teachers : []),
    ...(module.keySources.includes('peer') ? peers : []),
  ];
}

/** What keeps a loss from doing what an entry asks, as far as its declaration tells; paths start at the entry. */
export function lossProblems(module: AnyLoss, entry: CheckedLoss, givers: KeyGivers): Problem[] {
  const sources = sourcesOf(module, entry, givers);
  return [
    ...problemsOf(() => parseParams(module.params, entry.params)),
    ...unknownSlots('studentTaps', module.student, entry.studentTaps),
    ...unknownSlots('teacherTaps', module.teacher, entry.teacherTaps),
    ...(module.teacher.length === 0 ? [] : sourceProblems(module, entry, givers, sources)),
    ...(entry.combine === undefined ? [] : combineProblems(module)),
    ...constantProblems(module, entry),
    ...encodingProblems(module, entry, sources, givers),
  ];
}

/** Taps of a student and a teacher of which there are not as many on both sides; paths start at the entry. */
export function pairProblems(
  module: AnyLoss,
  entry: CheckedLoss,
  students: readonly TapOffer[] | undefined,
  teachers: readonly TapOffer[] | undefined,
): Problem[] {
  if (students === undefined || teachers === undefined) return [];
  const [params] = settled(() => parseParams(module.params, entry.params));
  if (params === undefined) return [];
  const [student] = settled(() => assignTaps(module.student, params, students, entry.studentTaps));
  const [teacher] = settled(() => assignTaps(module.teacher, params, teachers, entry.teacherTaps));
  if (student === undefined || teacher === undefined) return [];
  return module.student.flatMap(({ name, repeated, unpaired }) => {
    const isPaired =
      repeated === true && unpaired !== true && module.teacher.some((slot) => slot.name === name);
    const [left, right] = [student, teacher].map((side) => numberedNames(name, Object.keys(side)).length);
    if (!isPaired || left === right) return [];
    const description = `"${module.id}" pairs its taps one with one, and has ${left} of the student and ${right} of the teacher for "${name}"; name as many of each`;
    return [{ path: ['loss'], description }];
  });
}

/** Taps that a network lacks or that do not fit the loss; paths start at the entry. */
export function tapProblems(
  module: AnyLoss,
  entry: CheckedLoss,
  side: 'student' | 'teacher',
  offers: readonly TapOffer[] | undefined,
): Problem[] {
  if (offers === undefined) return [];
  const field = `${side}Taps` as const;
  if (unknownSlots(field, module[side], entry[field]).length > 0) return [];
  const [params] = settled(() => parseParams(module.params, entry.params));
  if (params === undefined) return [];
  const [assigned, error] = settled(() => assignTaps(module[side], params, offers, entry[field]));
  if (error !== undefined) return asProblems(renameFields(error, (path) => path.replace(/^taps/, field)));
  if (side === 'student') return [];
  const names = Object.values(assigned ?? {});
  const taps = offers.filter(({ name }) => names.includes(name));
  return [
    ...normProblems(module, entry, taps),
    ...slotEncodingProblems(module, entry, Object.keys(assigned ?? {})),
  ];
}

function sourceProblems(
  module: AnyLoss,
  entry: CheckedLoss,
  { teachers, peers }: KeyGivers,
  sources: readonly string[],
): Problem[] {
  const known = [...teachers, ...peers];
  const unknown = (entry.from ?? []).flatMap((source, i) =>
    known.includes(source)
      ? []
      : [{ path: ['from', i], description: unknownText('teacher or peer', source, known) }],
  );
  if (unknown.length > 0) return unknown;
  if (sources.length === 0) {
    const wanted = module.keySources.join(' or ');
    return [
      {
        path: ['loss'],
        description: `"${module.id}" needs keys of a ${wanted}, and this stage has none; give it teachers or peers`,
      },
    ];
  }
  return entry.combine === undefined ? countProblems(module, entry, sources) : [];
}

function countProblems(module: AnyLoss, entry: CheckedLoss, sources: readonly string[]): Problem[] {
  const path = [entry.from === undefined ? 'loss' : 'from'];
  const { min, max = Infinity } = describeLoss(module).sourceCount;
  const found = `this entry has ${sources.length} (${sources.join(', ')})`;
  if (sources.length > max) {
    const way = min > 1 ? 'name them under `from`' : 'name one under `from`, or say `combine: average`';
    const more = min > 1 ? '' : ' (or attention, or choice)';
    return [{ path, description: `"${module.id}" takes keys from ${max}, ${found}; ${way}${more}` }];
  }
  if (sources.length < min) {
    return [{ path, description: `"${module.id}" takes keys from ${min} or more, ${found}` }];
  }
  const parts = module.sourceNames ?? [];
  if (parts.length === 0 || entry.from !== undefined) return [];
  const description = `"${module.id}" gives its teachers parts; name them under \`from\`, in the order ${parts.join(', ')}`;
  return [{ path, description }];
}

function combineProblems(module: AnyLoss): Problem[] {
  const refuse = (why: string): Problem[] => [{ path: ['combine'], description: `"${module.id}" ${why}` }];
  if (module.teacher.length === 0) return refuse('compares with no teacher, so there is nothing to combine');
  if (describeLoss(module).sourceCount.min > 1)
    return refuse('takes several teachers as they are; leave `combine` out');
  if (module.keyIsPerBatch !== true) return [];
  return refuse(
    'has keys that belong to the whole batch, so they can not be combined sample by sample; give each teacher an entry of its own, by `from`',
  );
}

/** Constants that must be given, unless the teacher computes them or a slot takes what they make. */
function constantProblems(module: AnyLoss, entry: CheckedLoss): Problem[] {
  const frozen = frozenOf(module);
  if (entry.constants !== undefined) {
    if (frozen.length > 0) return [];
    return [{ path: ['constants'], description: `"${module.id}" takes no constants` }];
  }
  const needed = frozen.filter(({ fromNorms }) => fromNorms === undefined);
  const instead = module.teacher.filter(({ optional }) => optional === true).map(({ name }) => name);
  if (needed.length === 0 || instead.some((slot) => entry.teacherTaps[slot] !== undefined)) return [];
  const names = needed.map(({ name, doc }) => `"${name}" (${doc})`).join(', ');
  const description = `"${module.id}" needs constants that are trained beforehand: ${names}; name their file under \`constants\``;
  return [{ path: ['loss'], description }];
}

/** A teacher can only compute constants from its batch norms where these give the taps. */
function normProblems(module: AnyLoss, entry: CheckedLoss, taps: readonly TapOffer[]): Problem[] {
  const computed = frozenOf(module).filter(({ fromNorms }) => fromNorms !== undefined);
  const other = taps.find(({ norm }) => norm === undefined);
  if (entry.constants !== undefined || other === undefined) return [];
  return computed.map(({ name, doc }) => {
    const why = `the teacher has no batch norm that gives its tap "${other.name}"`;
    const description = `"${module.id}" needs "${name}" (${doc}): ${why}; name a file that holds it under \`constants\``;
    return { path: [Object.keys(entry.teacherTaps).length === 0 ? 'loss' : 'teacherTaps'], description };
  });
}

function frozenOf({ extra = [] }: AnyLoss) {
  return extra.filter(({ from }) => from === 'frozen');
}

function unknownSlots(
  field: 'studentTaps' | 'teacherTaps',
  slots: readonly Slot[],
  given: GivenTaps,
): Problem[] {
  const known = slots.map(({ name }) => name);
  return Object.keys(given)
    .filter((slot) => !known.includes(slot))
    .map((slot) => ({ path: [field, slot], description: unknownText('slot', slot, known) }));
}

/** The violations of what an action throws, as problems. */
function problemsOf(action: () => unknown): Problem[] {
  const [, error] = settled(action);
  return error === undefined ? [] : asProblems(error);
}

function asProblems(error: LyceumError): Problem[] {
  if (error.violations.length === 0) return [{ path: [], description: error.message }];
  return error.violations.map(({ field, description }) => ({ path: field.split('.'), description }));
}

function settled<T>(action: () => T): [value: T, error?: undefined] | [value: undefined, error: LyceumError] {
  try {
    return [action()];
  } catch (error) {
    return [undefined, LyceumError.from(error)];
  }
}

/** Whether what a loss is told only later: by a service of its own, or by a package that is not loaded here. */
export function isUnknownHere({ loss, via }: Pick<LossEntry, 'loss' | 'via'>): boolean {
  const { package: from } = parseLossName(loss);
  return via.includes(':') || (from !== undefined && !hasPackage(from));
}

/** What to say of a name that is not there. */
export function unknownText(kind: string, name: string, known: Iterable<string>): string {
  const names = [...known];
  const [near] = nearestNames(name, names);
  if (near !== undefined) return `there is no ${kind} "${name}"; did you mean "${near}"?`;
  return `there is no ${kind} "${name}"; known: ${names.join(', ') || 'none'}`;
}
