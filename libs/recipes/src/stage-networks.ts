import type { Stage } from './schema.js';

export type TrainedStage = Extract<Stage, { kind: 'train' | 'distill' | 'co-train' }>;

/** One of the networks that a stage trains. */
export interface StageNetwork {
  /** Task that trains it: `<stage>`, or `<stage>/<part>` where the stage names its networks. */
  readonly task: string;
  /** A peer, a model of a list, or the number of a generation. */
  readonly part?: string;
  readonly model: string;
  /** Networks of one model that belong together start from different weights. */
  readonly seedOffset: number;
  /** The task whose network teaches it in the place of the stage's teachers. */
  readonly taughtBy?: string;
}

/** The networks that a stage trains, in order: one, a sweep over models, a chain of models or generations, peers. */
export function stageNetworks(stage: TrainedStage): StageNetwork[] {
  const { name } = stage;
  if (stage.kind === 'co-train')
    return stage.peers.map(({ name: part, model }, index) => ({
      task: `${name}/${part}`,
      part,
      model,
      seedOffset: index,
    }));
  const { model = '', models } = stage;
  if (models !== undefined) {
    const sweep = models.map((part) => ({ task: `${name}/${part}`, part, model: part, seedOffset: 0 }));
    return stage.kind === 'distill' && !stage.each ? chained(sweep) : sweep;
  }
  if (stage.kind === 'train' || stage.generations === 1) return [{ task: name, model, seedOffset: 0 }];
  const generations = Array.from({ length: stage.generations }, (_, index) => {
    const part = String(index + 1);
    return { task: `${name}/${part}`, part, model, seedOffset: index + 1 };
  });
  return chained(generations);
}

/** The network that a stage's plain name means: the first peer, otherwise the last. */
export function namedNetwork(stage: TrainedStage): StageNetwork {
  const networks = stageNetworks(stage);
  return networks[stage.kind === 'co-train' ? 0 : networks.length - 1];
}

/** Whether a stage trains networks. */
export function isTrained(stage: Stage): stage is TrainedStage {
  return stage.kind === 'train' || stage.kind === 'distill' || stage.kind === 'co-train';
}

/** Each network but the first is taught by the one before. */
function chained(networks: readonly StageNetwork[]): StageNetwork[] {
  return networks.map((network, index) =>
    index === 0 ? network : { ...network, taughtBy: networks[index - 1].task },
  );
}
