import { openArtifacts } from '@lyceum/artifacts';
import type { OrchestratorClient } from '@lyceum/client';
import { State, type Run, type RunEvent } from '@lyceum/contracts/orchestrator';
import { LyceumError } from '@lyceum/errors';
import { pairResultOf, type PairResult } from '@lyceum/report';
import { readEnvironment } from '../make-report.js';
import type { Pair } from './pair.js';
import type { PairStore } from './pair-store.js';

export interface RunPairsOptions {
  readonly client: OrchestratorClient;
  readonly store: PairStore;
  /** Runs that are open at a time: more than there are trainers, so that all have something to do. */
  readonly openRuns: number;
  /** Forgets the runs from before. */
  readonly fresh: boolean;
  readonly signal: AbortSignal;
  readonly onStart: (pair: Pair, run: string) => void;
  readonly onEnd: (pair: Pair, result: PairResult) => void;
}

/**
 * Runs pairs to their ends, some at a time, in their order. One that fails is recorded with its reason, and the rest
 * goes on. Errors: those of the orchestrator's being away, and CANCELLED.
 */
export async function runPairs(pairs: readonly Pair[], options: RunPairsOptions): Promise<void> {
  const waiting = [...pairs];
  const workOff = async (): Promise<void> => {
    for (let pair = waiting.shift(); pair !== undefined; pair = waiting.shift()) {
      const result = await runPair(pair, options);
      options.store.finish(pair, result);
      options.onEnd(pair, result);
    }
  };
  try {
    await Promise.all(Array.from({ length: options.openRuns }, workOff));
  } finally {
    // Whoever is still at work after an error starts nothing new.
    waiting.length = 0;
  }
}

async function runPair(pair: Pair, options: RunPairsOptions): Promise<PairResult> {
  const { recipe, seed } = pair;
  try {
    const { run, events } = await runToEnd(pair, options);
    const environment = await readEnvironment(openArtifacts(run.artifactRoot), run);
    return pairResultOf(run, recipe.name, seed, environment, events);
  } catch (caught) {
    const error = LyceumError.from(caught);
    if (options.signal.aborted || error.codeName === 'UNAVAILABLE') throw error;
    const failed = { run: '', state: 'failed', reason: error.message, measure: 'test accuracy' };
    return { recipe: recipe.name, seed, ...failed, rows: [], environment: {} };
  }
}

async function runToEnd(
  pair: Pair,
  { client, store, fresh, signal, onStart }: RunPairsOptions,
): Promise<{ run: Run; events: RunEvent[] }> {
  const requestId = store.begin(pair, fresh);
  const { text: recipe } = pair;
  let run = await client.createRun({ requestId, recipe, resume: '', reuse: true });
  if (run.state === State.FAILED || run.state === State.CANCELLED)
    run = await client.createRun({ requestId, recipe, resume: run.name });
  onStart(pair, run.name);
  const events: RunEvent[] = [];
  for await (const { event } of client.watchRun({ name: run.name, afterSequence: 0 }, signal)) {
    if (event !== undefined) events.push(event);
  }
  return { run: await client.getRun(run.name), events };
}
