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
  /** Whether samples look the same in every view. */
  readonly sameInEveryView: boolean;
  /** What is remembered by sample; absent where that is nothing. */
  readonly rows?: SampleRows;
  /** Whether its rows are worth keeping for later processes. */
  readonly isKept: boolean;
}

/** Tensors of each sample that answers are put together from. */
export interface SampleRows {
  /** Same for plans whose rows are the same. */
  readonly content: string;
  /** With shapes for a batch of one. */
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** Whether they are the answer, or taps that a key of a whole batch is made from. */
  readonly areAnswer: boolean;
}

export function hostedPlan(plan: Plan, opened: OpenedPlan, teacher: LoadedTeacher): HostedPlan {
  const { keys, taps, data, split, augmentation, viewPixels, keep = false } = plan;
  const sameInEveryView = augmentation === undefined || leavesPixels(augmentation);
  const isMixed = augmentation !== undefined && isBatchBound(augmentation);
  const { dataDigest, normalization } = opened;
  const view = sameInEveryView ? null : augmentation;
  const group = digestOf([teacher.weightsDigest, dataDigest, normalization, split, view, viewPixels]);
  const constants = keys.map(({ frozen, ...key }) => ({ ...key, frozen: frozen.map(nameOf) }));
  // Whether each sample has its own part of the answer, whatever else is in the batch: as to keys, and to pixels.
  const bySample = !isMixed && !opened.tensors.some((tensor) => tensor.perBatch);
  const { madeFrom } = opened;
  const content = digestOf([group, constants, taps, ...(madeFrom === undefined ? [] : ['made from taps'])]);
  const rows = bySample
    ? { content, tensors: opened.tensors, areAnswer: true }
    : madeFrom && { content: digestOf([group, madeFrom]), tensors: madeFrom, areAnswer: false };
  // What the code of a package computes may change without a sign.
  const isOwn = keys.every(({ loss }) => !loss.includes('#'));
  return {
    opened,
    teacher,
    group: data === undefined ? '' : group,
    content,
    sameInEveryView,
    ...(rows === undefined ? {} : { rows }),
    isKept: keep && data !== undefined && rows !== undefined && (isOwn || !rows.areAnswer),
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
