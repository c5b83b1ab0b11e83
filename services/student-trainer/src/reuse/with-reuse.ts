import { LyceumError } from '@lyceum/errors';
import type { StepMetrics } from '@lyceum/contracts/trainer';
import type { TaskSpec } from '@lyceum/recipes';
import { meansOf } from '../progress.js';
import { environmentOf } from '../task-environment.js';
import { fenceOf, type TaskContext, type TaskOutcome } from '../task-context.js';
import { contentIn } from './content-of.js';
import { isDamage, OutcomeKeeper } from './kept-outcome.js';
import { programDigest } from './program-digest.js';
import { taskIdentity } from './task-identity.js';

/** Points of a curve that are kept. */
const seriesLimit = 256;

/** Takes what an earlier task of the same identity found; else does the task, and keeps what it comes to. */
export async function withReuse(
  spec: TaskSpec,
  context: TaskContext,
  perform: () => Promise<TaskOutcome>,
): Promise<TaskOutcome> {
  if (!isReproducible(spec)) return perform();
  const { artifacts, compute, run } = context;
  const identity = await taskIdentity(spec, {
    contentOf: contentIn(artifacts, run),
    dataDigest: await compute.api.dataDigest(spec.data),
    computedBy: { ...environmentOf(compute.engine), program: programDigest() },
  });
  const keeper = new OutcomeKeeper(artifacts, identity);
  return (await taken(spec.task, keeper, context)) ?? performAndKeep(spec, keeper, context, perform);
}

/**
 * Whether all that a task depends on can be known: not its peers, nor code and services from elsewhere. What a teacher
 * remembers is nothing that could be kept: one that has the keys answers at once.
 */
export function isReproducible(spec: TaskSpec): boolean {
  if (spec.kind === 'cache') return false;
  if (spec.kind !== 'train') return true;
  const own = ['in-process', 'loss-service'];
  return (
    spec.self === undefined && spec.losses.every(({ loss, via }) => own.includes(via) && !loss.includes('#'))
  );
}

async function taken(
  task: string,
  keeper: OutcomeKeeper,
  context: TaskContext,
): Promise<TaskOutcome | undefined> {
  const { run, notice, progress } = context;
  const found = await keeper.read().catch((caught: unknown) => {
    if (!isDamage(caught)) throw caught;
    notice(`what an earlier run kept is damaged, so this is computed anew: ${(caught as Error).message}`);
    return undefined;
  });
  if (found === undefined) return undefined;
  const { outcome, files } = found;
  const artifacts = await keeper.copy(outcome, files, { run, task, fence: fenceOf(context, task) });
  progress.replay(outcome.series, outcome.stepCount);
  notice(`reused from run ${outcome.run}, task ${outcome.task}`);
  return { results: { ...outcome.results, computedMs: outcome.computedMs }, artifacts };
}

async function performAndKeep(
  spec: TaskSpec,
  keeper: OutcomeKeeper,
  { run, notice, progress }: TaskContext,
  perform: () => Promise<TaskOutcome>,
): Promise<TaskOutcome> {
  const started = performance.now();
  const series: StepMetrics[] = [];
  const unwatch = progress.watch((metrics) => series.push(metrics));
  const outcome = await perform().finally(unwatch);
  // One that went on from a checkpoint does not know its first steps, nor how long they took.
  if (spec.kind === 'train' && series[0]?.step !== 0) return outcome;
  // JSON has no NaN; a network that diverged is not worth keeping.
  const isFinite = [...series.map(({ loss }) => loss), ...Object.values(outcome.results)].every(
    Number.isFinite,
  );
  if (!isFinite) return outcome;
  const { stepCount } = progress.position;
  const computedMs = performance.now() - started;
  const found = { run, task: spec.task, series: meansOf(series, seriesLimit), stepCount, computedMs };
  await keeper.keep({ ...outcome, ...found }).catch((caught: unknown) => {
    notice(`is done, but could not be kept for later runs: ${LyceumError.from(caught).message}`);
  });
  return outcome;
}
