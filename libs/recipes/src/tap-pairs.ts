import { describeModel, type TapInfo } from '@lyceum/models';
import type { NetworkRef } from './network-schema.js';
import { architecturesOf } from './network-refs.js';
import { teacherName } from './plan.js';
import type { Recipe } from './schema.js';
import { stageNetworks, type TrainedStage } from './stage-networks.js';

type Taps = readonly TapInfo[] | undefined;

/** A student and somebody who teaches it. */
export interface TapPair {
  readonly student: Taps;
  /** The teacher's name in the stage; empty where nobody teaches. */
  readonly teacher: string;
  readonly taps: Taps;
}

/** The taps of each student of a stage with those of each network that may teach it. */
export function tapPairs(recipe: Recipe, stage: TrainedStage): TapPair[] {
  const known = new Map<string, Taps>();
  const tapsOnce = (architecture: string): Taps => {
    if (!known.has(architecture)) known.set(architecture, tapsOf(architecture));
    return known.get(architecture);
  };
  const architectures = (ref: NetworkRef) => attempted(() => architecturesOf(recipe, ref)) ?? [];
  const given = stage.kind === 'train' ? [] : stage.teachers;
  return stageNetworks(stage).flatMap(({ model, taughtBy }) => {
    const own = recipe.spec.models[model]?.architecture;
    const student = own === undefined ? undefined : tapsOnce(own);
    const refs = given.map((ref, i, { length }) => ({ name: teacherName(ref.name, i, length), ref }));
    const teaching = taughtBy === undefined ? refs : refs.slice(0, 1);
    const pairs = teaching.flatMap(({ name: teacher, ref }) =>
      architectures(taughtBy === undefined ? ref : { stage: taughtBy }).map((architecture) => ({
        student,
        teacher,
        taps: tapsOnce(architecture),
      })),
    );
    return pairs.length > 0 ? pairs : [{ student, teacher: '', taps: undefined }];
  });
}

/** The taps of a network, or of each that it may be. */
export function networkTaps(recipe: Recipe, ref: NetworkRef): Taps[] {
  return (attempted(() => architecturesOf(recipe, ref)) ?? []).map(tapsOf);
}

/** A network's taps; none where its name is wrong anyway. Their names and kinds do not depend on the data. */
function tapsOf(architecture: string): Taps {
  return attempted(() => describeModel({ architecture, ...someData }).taps);
}

/** Data for a network whose own do not matter. */
export const someData = { classCount: 10, inputShape: [32, 32, 3] } as const;

/** What an action gives; undefined where it fails, for what is told elsewhere. */
export function attempted<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
