import type { Stage } from './schema.js';
import type { TrainedStage } from './stage-networks.js';

export type CacheStage = Extract<Stage, { kind: 'cache' }>;

/** A stage that would ask for the same keys in order to learn from them. */
export function asDistilled(stage: CacheStage): Extract<TrainedStage, { kind: 'distill' }> {
  return { ...stage, kind: 'distill', training: {}, generations: 1, each: false };
}
