import type { Loss } from '@lyceum/contracts/loss';
import type { LossDescription, SlotDescription } from '@lyceum/losses';

/** A loss of the registry as the contract shows it. */
export function lossMessage(loss: LossDescription): Loss {
  return {
    name: loss.id,
    title: loss.title,
    source: loss.source,
    equation: loss.equation,
    parameters: loss.params.map((param) => ({
      name: param.name,
      type: param.type === 'choice' ? 'string' : param.type,
      defaultValue: param.default,
      minimum: param.minimum,
      maximum: param.maximum,
      choices: [...(param.choices ?? [])],
      description: param.doc,
    })),
    studentSlots: loss.studentSlots.map(slot),
    teacherSlots: loss.teacherSlots.map(slot),
    needsLabels: loss.needsLabels,
    needsIndices: loss.needsIndices,
    stateful: loss.stateful,
    trainsAdapters: loss.trainsAdapters,
    keySources: [...loss.keySources],
    extraInputs: loss.extra.map(({ name, from, half, doc }) => ({ name, from, half, description: doc })),
  };
}

function slot({ name, kind, repeated, defaultTaps }: SlotDescription): Loss['studentSlots'][number] {
  return { name, kind, repeated, defaultTaps };
}
