import { isBatchBound, leavesPixels } from '@lyceum/data';
import type { HostTensor } from '@lyceum/tensor';
import { createHash } from 'node:crypto';
import type { LoadedTeacher, OpenedPlan, Plan, SampleBatch } from './worker/inference-api.js';

/** A plan that is open, with what tells whose answers may be its own. */
export interface HostedPlan {
  readonly opened: OpenedPlan;
  readonly teacher: LoadedTeacher;
  /** Same for plans whose batches go through the same forward pass: teacher, data, split, augmentation; empty without data. */
  readonly group: string;
  /** Same for plans whose answers are the same. */
  readonly content: string;
  /** Whether each sample has its own part of the answer, whatever else is in the batch: as to keys, and to pixels. */
  readonly bySample: boolean;
  /** Whether samples look the same in every view. */
  readonly sameInEveryView: boolean;
  /** Whether its answers are worth keeping for later processes. */
  readonly isKept: boolean;
}

export function hostedPlan(plan: Plan, opened: OpenedPlan, teacher: LoadedTeacher): HostedPlan {
  const { keys, taps, data, split, augmentation, viewPixels, keep = false } = plan;
  const sameInEveryView = augmentation === undefined || leavesPixels(augmentation);
  const isMixed = augmentation !== undefined && isBatchBound(augmentation);
  const { dataDigest, normalization } = opened;
  const view = sameInEveryView ? null : augmentation;
  const group = digestOf([teacher.weightsDigest, dataDigest, normalization, split, view, viewPixels]);
  const constants = keys.map(({ frozen, ...key }) => ({ ...key, frozen: frozen.map(nameOf) }));
  const bySample = !isMixed && !opened.tensors.some((tensor) => tensor.perBatch);
  // What the code of a package computes may change without a sign.
  const isOwn = keys.every(({ loss }) => !loss.includes('#'));
  return {
    opened,
    teacher,
    group: data === undefined ? '' : group,
    content: digestOf([group, constants, taps]),
    bySample,
    sameInEveryView,
    isKept: keep && bySample && isOwn && data !== undefined,
  };
}

/** A batch's name among those of plans of one group. */
export function batchNameOf({ sameInEveryView }: HostedPlan, { indices, view }: SampleBatch): string {
  const hash = createHash('sha256')
    .update(String(sameInEveryView ? 0 : view))
    .update(' ');
  return hash.update(new Uint8Array(indices.buffer, indices.byteOffset, indices.byteLength)).digest('base64');
}

/** A tensor by its content. */
function nameOf({ name, shape, data }: HostTensor): string {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return `${name} ${shape.join('x')} ${createHash('sha256').update(bytes).digest('hex')}`;
}

function digestOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}
