import { evaluationKey, type EvaluateTask } from '@lyceum/recipes';
import { networkWeights } from './network-weights.js';
import type { TaskContext, TaskOutcome } from './train-task.js';

/** Evaluates finished networks, one or several as an ensemble, on the test split. */
export async function runEvaluateTask(task: EvaluateTask, context: TaskContext): Promise<TaskOutcome> {
  const { artifacts, compute, progress, run } = context;
  progress.evaluating();
  const weights = await Promise.all(
    task.networks.map((network, i) => networkWeights(network, `networks[${i}].weights`, context)),
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
