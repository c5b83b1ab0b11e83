import { selectionKey, type SelectTask } from '@lyceum/recipes';
import { networkWeights } from './network-weights.js';
import { fenceOf, type TaskContext, type TaskOutcome } from './task-context.js';

/** Chooses layers of a finished network for later stages to learn from. */
export async function runSelectTask(task: SelectTask, context: TaskContext): Promise<TaskOutcome> {
  const { artifacts, compute, notice, run } = context;
  const weights = await networkWeights(task.network, 'network.weights', context);
  const selection = await compute.api.selectTaps(task, weights);
  const key = selectionKey(task.task);
  const fence = fenceOf(context, task.task);
  await artifacts.put(`${run}/${key}`, Buffer.from(JSON.stringify(selection)), { fence });
  const { taps, layers, sampleCount } = selection;
  notice(`chose ${taps.join(', ')} of ${layers.length} layers, by ${sampleCount} samples`);
  return {
    results: { points: taps.length, layers: layers.length, samples: sampleCount },
    artifacts: { selection: key },
  };
}
