import type { LossEntry } from './schema.js';
import type { TrainedStage } from './stage-networks.js';

/**
 * The losses of a stage. One that names none has cross entropy; one that distills soft labels too, in the usual shares
 * and at T = 4, of several teachers their average.
 */
export function lossesOf(stage: TrainedStage): readonly LossEntry[] {
  if (stage.losses !== undefined) return stage.losses;
  if (stage.kind !== 'distill') return [entry({ loss: 'ce' })];
  const several = stage.teachers.length > 1;
  return [
    entry({ loss: 'ce', weight: 0.1 }),
    entry({
      loss: 'kd',
      weight: 0.9,
      params: { temperature: 4 },
      ...(several ? { combine: 'average' } : {}),
    }),
  ];
}

function entry(fields: Partial<LossEntry> & Pick<LossEntry, 'loss'>): LossEntry {
  return { weight: 1, params: {}, studentTaps: {}, teacherTaps: {}, via: 'in-process', ...fields };
}
