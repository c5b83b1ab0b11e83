import type { AnyLoss, TapOffer } from '@lyceum/losses';
import { isSelectableTap, type TapInfo } from '@lyceum/models';
import { unknownText, type CheckedLoss, type Problem } from './check-loss.js';
import type { NetworkRef } from './network-schema.js';
import { taskOf } from './network-refs.js';
import { isSelection } from './plan.js';
import type { LossEntry, Recipe, SelectedTaps, Stage, TeacherRef } from './schema.js';
import { isTrained, stageNetworks } from './stage-networks.js';

type SelectStage = Extract<Stage, { kind: 'select' }>;
type Earlier = ReadonlyMap<string, Stage>;

/** Where an entry stands. */
export interface EntryPlace {
  readonly recipe: Recipe;
  readonly stage: Stage;
  readonly earlier: Earlier;
  /** The teachers whose keys the entry takes. */
  readonly teachers: readonly { readonly name: string; readonly ref: TeacherRef }[];
}

/** What is wrong with a stage that selects taps of a network; paths start at the stage. */
export function selectStageProblems(stage: SelectStage, taps: readonly TapInfo[] | undefined): Problem[] {
  const layers = taps?.filter(isSelectableTap);
  if (layers === undefined) return [];
  const { points, samples, similarity } = stage;
  const problems: Problem[] = [];
  if (points > layers.length) {
    const description = `the network has ${layers.length} layers to choose from, found ${points}`;
    problems.push({ path: ['points'], description });
  }
  const widest = layers.reduce((one, other) => (channelsOf(other) > channelsOf(one) ? other : one));
  if (similarity === 'r2' && samples <= channelsOf(widest)) {
    const description = `must be above the ${channelsOf(widest)} channels of "${widest.name}" for the similarity r2, found ${samples}`;
    problems.push({ path: ['samples'], description });
  }
  if (similarity === 'cka_rbf' && samples > rbfLimit) {
    const description = `must be at most ${rbfLimit} for cka_rbf, which compares all samples with all, found ${samples}`;
    problems.push({ path: ['samples'], description });
  }
  return problems;
}

const rbfLimit = 4000;
const channelsOf = ({ shape }: TapInfo): number => shape[2];

/** What is wrong with the taps that an entry takes from selections; paths start at the entry. */
export function selectionProblems(
  entry: LossEntry,
  module: AnyLoss | undefined,
  place: EntryPlace,
): Problem[] {
  return selectorsOf(entry).flatMap(([slot, selected]) => {
    const found = place.earlier.get(selected.stage);
    const at = (description: string, ...more: string[]): Problem[] => [
      { path: ['teacherTaps', slot, ...more], description },
    ];
    if (found?.kind !== 'select') {
      const known = [...place.earlier.values()].filter(({ kind }) => kind === 'select');
      return at(
        unknownText(
          'earlier stage that selects',
          selected.stage,
          known.map(({ name }) => name),
        ),
        'stage',
      );
    }
    if (selected.point !== undefined && selected.point > found.points)
      return at(`"${found.name}" selects ${found.points}, found ${selected.point}`, 'point');
    const takesOne = module?.teacher.find(({ name }) => name === slot)?.repeated !== true;
    if (module !== undefined && takesOne && countOf(selected, found) > 1) {
      const text = `the slot takes one tap and "${found.name}" selects ${found.points}; say which by \`point\`, from 1`;
      return at(text, 'stage');
    }
    return networkProblems(found, place).flatMap((description) => at(description, 'stage'));
  });
}

/** Layers are chosen by what one network's weights make of them. */
function networkProblems(found: SelectStage, { recipe, stage, teachers }: EntryPlace): string[] {
  if (isTrained(stage) && stageNetworks(stage).some(({ taughtBy }) => taughtBy !== undefined))
    return [`"${found.name}" selects of one network, and the later networks of a chain have other teachers`];
  const network = networkName(recipe, found.teacher);
  return teachers
    .filter(({ ref }) => networkName(recipe, ref) !== network)
    .map(({ name, ref }) => {
      return `"${found.name}" selects of ${network}, and teacher "${name}" is ${networkName(recipe, ref)}`;
    });
}

function networkName(recipe: Recipe, { stage, model, best }: NetworkRef): string {
  if (best !== undefined) return `the best of ${best.map((ref) => `"${taskOf(recipe, ref)}"`).join(', ')}`;
  return stage === undefined ? `model "${model}"` : `stage "${taskOf(recipe, stage)}"`;
}

/**
 * An entry with stand-ins for the taps that will be selected: as many, and of the same kind. A slot whose selection is
 * wrong anyway keeps its default.
 */
export function standIns(
  entry: LossEntry,
  earlier: Earlier,
  offers: readonly TapOffer[] | undefined,
): CheckedLoss {
  const layers = (offers ?? []).filter(isSelectableTap).map(({ name }) => name);
  const taps = Object.entries(entry.teacherTaps).flatMap(([slot, given]) => {
    if (!isSelection(given)) return [[slot, given] as const];
    const found = earlier.get(given.stage);
    if (found?.kind !== 'select') return [];
    return [[slot, layers.slice(0, countOf(given, found))] as const];
  });
  return { ...entry, teacherTaps: Object.fromEntries(taps) };
}

function countOf({ point }: SelectedTaps, { points }: SelectStage): number {
  return point === undefined ? points : 1;
}

function selectorsOf({ teacherTaps }: LossEntry): [slot: string, selected: SelectedTaps][] {
  return Object.entries(teacherTaps).flatMap(([slot, given]) =>
    isSelection(given) ? [[slot, given] as [string, SelectedTaps]] : [],
  );
}
