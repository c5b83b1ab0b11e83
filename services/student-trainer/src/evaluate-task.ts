import { invalidField } from '@lyceum/errors';
import { evaluationKey, type EvaluateTask } from '@lyceum/recipes';
import { readFile } from 'node:fs/promises';
import type { TaskContext, TaskOutcome } from './train-task.js';

/** Evaluates finished networks, one or several as an ensemble, on the test split. */
export async function runEvaluateTask(task: EvaluateTask, context: TaskContext): Promise<TaskOutcome> {
  const { artifacts, compute, progress, run } = context;
  progress.evaluating();
  const weights = await Promise.all(
    task.networks.map(({ weights: key, file }, i) =>
      key === undefined ? readWeights(file ?? '', `networks[${i}].weights`) : artifacts.get(`${run}/${key}`),
    ),
  );
  const evaluation = await compute.api.evaluateNetworks(task, weights);
  const fence = { scope: `${run}/${task.task}`, token: context.fence };
  await artifacts.put(`${run}/${evaluationKey(task.task)}`, Buffer.from(JSON.stringify(evaluation)), {
    fence,
  });
  return {
    results: { accuracy: evaluation.accuracy, testLoss: evaluation.loss, networkCount: weights.length },
    artifacts: { evaluation: evaluationKey(task.task) },
  };
}

function readWeights(file: string, field: string): Promise<Uint8Array> {
  return readFile(file).catch((error: unknown) => {
    throw invalidField(field, `cannot read "${file}": ${(error as Error).message}`);
  });
}
