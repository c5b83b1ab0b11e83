import { LyceumError } from '@lyceum/errors';
import type { TaskNetwork, TaskSpec } from './task-spec.js';

/** One of several networks that was taken. */
export interface Choice {
  /** What it is for: `taught by`, or what else the task does with it. */
  readonly use: string;
  /** Task that trained it. */
  readonly task: string;
  readonly candidateCount: number;
  /** Its validation accuracy, 0 to 1. */
  readonly accuracy: number;
}

/** The tasks among whose networks those of a task have to be chosen before it starts. */
export function candidatesOf(spec: TaskSpec): string[] {
  return networksOf(spec).flatMap(({ best = [] }) => best.map(({ task }) => task));
}

/**
 * A task with one network wherever it had several to choose from: that of the highest validation accuracy, the first
 * of equal ones. So whoever asks again is told the same.
 * @param accuracyOf validation accuracy of a finished task, 0 to 1.
 * @throws LyceumError WRONG_STATE while a candidate has no validation accuracy.
 */
export function withChosen(
  spec: TaskSpec,
  accuracyOf: (task: string) => number | undefined,
): { spec: TaskSpec; choices: Choice[] } {
  const choices: Choice[] = [];
  const settle = <T extends TaskNetwork>(network: T, use: string): T => {
    const { best, ...rest } = network;
    if (best === undefined) return network;
    const measured = best.map((candidate) => ({
      candidate,
      accuracy: measuredOf(candidate.task, accuracyOf),
    }));
    const chosen = measured.reduce((one, other) => (other.accuracy > one.accuracy ? other : one));
    const { task, ...own } = chosen.candidate;
    choices.push({ use, task, candidateCount: best.length, accuracy: chosen.accuracy });
    const settledOne = { ...rest, ...own };
    // The size that the first one sees, which stood in for it, is not its own.
    if (own.viewPixels === undefined) delete settledOne.viewPixels;
    return settledOne as T;
  };
  return { spec: settled(spec, settle), choices };
}

/** What a choice was, for people. */
export function choiceText({ use, task, candidateCount, accuracy }: Choice): string {
  const share = (100 * accuracy).toFixed(2);
  return `${use} ${task}, best of ${candidateCount} by validation accuracy (${share} %)`;
}

function settled(spec: TaskSpec, settle: <T extends TaskNetwork>(network: T, use: string) => T): TaskSpec {
  switch (spec.kind) {
    case 'train':
    case 'cache':
      return { ...spec, teachers: spec.teachers.map((teacher) => settle(teacher, 'taught by')) };
    case 'evaluate':
      return { ...spec, networks: spec.networks.map((network) => settle(network, 'evaluates')) };
    case 'select':
      return { ...spec, network: settle(spec.network, 'selects of') };
  }
}

function networksOf(spec: TaskSpec): readonly TaskNetwork[] {
  switch (spec.kind) {
    case 'train':
    case 'cache':
      return spec.teachers;
    case 'evaluate':
      return spec.networks;
    case 'select':
      return [spec.network];
  }
}

function measuredOf(task: string, accuracyOf: (task: string) => number | undefined): number {
  const accuracy = accuracyOf(task);
  if (accuracy !== undefined) return accuracy;
  throw new LyceumError(
    'WRONG_STATE',
    `task "${task}" has no validation accuracy to choose by; it must end first`,
  );
}
