import type { LoadedData } from '@lyceum/data';
import { invalidField, renameFields } from '@lyceum/errors';
import { describeModel, type ModelDescription } from '@lyceum/models';
import { needsLogits } from './combine-keys.js';
import type { KeyOptions, KeyRequest, RequestedKeys } from './compute-api.js';
import { seenAt } from './loaded-data.js';
import { constantsOf } from './loss-constants.js';
import { resolveLoss, type ResolvedLoss } from './slots.js';

/**
 * What a training of this task would ask its teachers for; no network is built.
 * @param whole images at their full side; the network sees them at that of its task.
 * @throws LyceumError INVALID_FIELD for a loss of which samples have no keys of their own.
 */
export function requestedKeys(options: KeyOptions, whole: LoadedData): RequestedKeys {
  const { data: config, model } = options.task;
  const data = seenAt(whole, config.viewPixels);
  const { architecture } = model;
  const described = describeModel({ architecture, classCount: data.classes.length, inputShape: data.shape });
  const requests = resolvedLosses(options, described).flatMap((loss, index) =>
    ofLoss(index, () => {
      requireOwnKeys(loss);
      return keyRequests(loss, options);
    }),
  );
  return { keyRequests: requests, sampleCount: data.train.count, dataDigest: data.digest };
}

/** What a recipe's check can not see where it does not have the loss. */
function requireOwnKeys({ entry, module, parts }: ResolvedLoss): void {
  if (parts.length === 0) throw invalidField('loss', `"${entry.loss}" has no keys of teachers; leave it out`);
  if (module.keyIsPerBatch !== true) return;
  throw invalidField('loss', `"${entry.loss}" has keys that belong to a whole batch; leave it out`);
}

/** The losses of a task with the taps that they take of a network. */
export function resolvedLosses(
  { task, teacherTaps, remoteLosses }: KeyOptions,
  network: Pick<ModelDescription, 'taps' | 'config'>,
): ResolvedLoss[] {
  return task.losses.map((entry, index) =>
    ofLoss(index, () => resolveLoss(entry, task, network, teacherTaps, remoteLosses[entry.as])),
  );
}

/** Names the recipe's fields of a loss in what is wrong with it. */
export function ofLoss<T>(index: number, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw renameFields(error, (field) => {
      const own = field.replace(/^student\./, 'studentTaps.').replace(/^teacher\./, 'teacherTaps.');
      return `losses[${index}].${own}`;
    });
  }
}

/** What the teachers of a loss are asked for. */
export function keyRequests(loss: ResolvedLoss, { task, constants }: KeyOptions): KeyRequest[] {
  const { entry, studentShapes, rawKeys, module } = loss;
  const frozen = constantsOf(loss, 'key', constants?.[entry.as]);
  return loss.parts
    .filter(({ source }) => task.teachers.some((teacher) => teacher.name === source))
    .map(({ source: teacher, part }) => ({
      teacher,
      id: entry.as,
      loss: entry.loss,
      params: entry.params,
      teacherTaps: loss.teacherTaps[teacher],
      studentShapes,
      // Only where it changes the key: students that name a teacher differently then share its cache.
      ...(module.sourceNames === undefined ? {} : { source: part }),
      frozen,
      raw: rawKeys,
      withLogits: weighsByLogits(loss),
    }));
}

/** Whether the sources' keys are weighed by their logits. */
export function weighsByLogits({ combined, entry }: ResolvedLoss): boolean {
  return combined && entry.combine !== undefined && needsLogits(entry.combine);
}
