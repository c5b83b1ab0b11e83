import { adaptersKey, environmentKey, evaluationKey, weightsKey, type TrainTask } from '@lyceum/recipes';
import { fenceOf, type TaskContext, type TaskOutcome } from './task-context.js';
import { environmentOf } from './task-environment.js';
import type { Prepared } from './worker/compute-api.js';

export interface Trained {
  readonly prepared: Prepared;
  readonly receivedBytes: number;
  /** Digest of each teacher's weights, by `teacherDigest.<name>`. */
  readonly teacherDigests: Readonly<Record<string, string>>;
}

/** Writes what the training made, and measures it. */
export async function finishTraining(
  { task }: TrainTask,
  context: TaskContext,
  { prepared, receivedBytes, teacherDigests }: Trained,
): Promise<TaskOutcome> {
  const { run, compute, artifacts } = context;
  const fence = fenceOf(context, task);
  const put = (key: string, bytes: Uint8Array) => artifacts.put(`${run}/${key}`, bytes, { fence });
  const { sha256 } = await put(weightsKey(task), await compute.api.exportWeights());
  const adapters = await compute.api.exportAdapters();
  if (adapters !== undefined) await put(adaptersKey(task), adapters);
  await put(environmentKey(task), asJson(environmentOf(compute.engine)));
  const evaluation = await compute.api.evaluate();
  const validationAccuracy = await compute.api.validate();
  await put(evaluationKey(task), asJson(evaluation));
  return {
    results: {
      accuracy: evaluation.accuracy,
      testLoss: evaluation.loss,
      ...(validationAccuracy === undefined ? {} : { validationAccuracy }),
      parameterCount: prepared.parameterCount,
      multiplyAdds: prepared.multiplyAdds,
      adapterParameterCount: prepared.adapterParameterCount,
      receivedBytes,
      steps: prepared.stepCount,
    },
    artifacts: {
      weights: weightsKey(task),
      weightsDigest: `sha256:${sha256}`,
      ...teacherDigests,
      evaluation: evaluationKey(task),
      ...(adapters === undefined ? {} : { adapters: adaptersKey(task) }),
    },
  };
}

const asJson = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
