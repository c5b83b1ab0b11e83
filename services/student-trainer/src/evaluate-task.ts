import { evaluationKey, type EvaluateTask } from '@lyceum/recipes';
import { networkWeights } from './network-weights.js';
import { fenceOf, type TaskContext, type TaskOutcome } from './task-context.js';

/** Measures finished networks, one or several as an ensemble. */
export async function runEvaluateTask(task: EvaluateTask, context: TaskContext): Promise<TaskOutcome> {
  const { artifacts, compute, progress, run } = context;
  progress.evaluating();
  const weights = await Promise.all(
    task.networks.map((network, i) => networkWeights(network, `networks[${i}].weights`, context)),
  );
  const { evaluation, results } = await compute.api.evaluateNetworks(task, weights);
  const counted = { ...results, networkCount: weights.length };
  if (evaluation === undefined) return { results: counted, artifacts: {} };
  const fence = fenceOf(context, task.task);
  await artifacts.put(`${run}/${evaluationKey(task.task)}`, Buffer.from(JSON.stringify(evaluation)), {
    fence,
  });
  return {
    results: { accuracy: evaluation.accuracy, testLoss: evaluation.loss, ...counted },
    artifacts: { evaluation: evaluationKey(task.task) },
  };
}
