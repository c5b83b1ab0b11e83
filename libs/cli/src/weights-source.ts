import { openArtifacts } from '@lyceum/artifacts';
import { openOrchestrator } from '@lyceum/client';
import { stateToJSON, type Run, type Task } from '@lyceum/contracts/orchestrator';
import { invalidField, LyceumError, unknownName } from '@lyceum/errors';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Home } from './home.js';
import { findOrStart } from './orchestrator-process.js';

/** Weights, and where they are from. */
export interface WeightsSource {
  readonly bytes: Uint8Array;
  /** What they are called in errors. */
  readonly label: string;
  /** Path without ending that a file made of them is named after. */
  readonly stem: string;
  /** Where they lie, if the user named the file. */
  readonly file?: string;
}

const ending = '.safetensors';

/**
 * The weights that a user names: `RUN`, `RUN:STAGE`, `RUN:STAGE/PEER`, or a safetensors file.
 * @throws LyceumError UNKNOWN_NAME for a file, run or stage that is not there, with the nearest names; INVALID_FIELD for
 * a run that trained several networks; WRONG_STATE for one that is not trained yet.
 */
export async function readSource(home: Home, source: string): Promise<WeightsSource> {
  if (source.endsWith(ending)) return readWeightsFile(resolve(source));
  if (existsSync(source))
    throw invalidField('source', `must be a run or a ${ending} file, found the path ${resolve(source)}`);
  return readRun(home, source);
}

async function readWeightsFile(file: string): Promise<WeightsSource> {
  try {
    const bytes = await readFile(file);
    return { bytes, label: file, stem: file.slice(0, -ending.length), file };
  } catch (cause) {
    const why = (cause as Error).message;
    throw new LyceumError('UNKNOWN_NAME', `source: cannot read ${file}: ${why}`, { cause });
  }
}

async function readRun(home: Home, source: string): Promise<WeightsSource> {
  const [name, stage] = source.split(':', 2);
  const orchestrator = await findOrStart(home, {});
  const client = openOrchestrator(orchestrator.address);
  try {
    const run = await client.getRun(name);
    const task = chooseTask(run, stage);
    const key = task.artifacts.weights as string | undefined;
    if (key === undefined) {
      const state = stateToJSON(task.state).replace('STATE_', '').toLowerCase();
      throw new LyceumError('WRONG_STATE', `source: ${name}:${task.name} has no weights, it is ${state}`);
    }
    const artifacts = openArtifacts(run.artifactRoot);
    try {
      const bytes = await artifacts.get(`${run.name}/${key}`);
      return { bytes, label: `${name}:${task.name}`, stem: `${name}-${task.name.replaceAll('/', '-')}` };
    } finally {
      await artifacts.close();
    }
  } finally {
    client.close();
    await orchestrator.stop();
  }
}

/** Kinds of tasks that train a network. */
const trainingKinds = ['train', 'distill', 'co-train'];

/**
 * The trained network that a stage's or a task's name means: of generations the last one. Without a name it is the only
 * student, or the only network.
 */
export function chooseTask(run: Pick<Run, 'name' | 'tasks'>, wanted?: string): Task {
  const trained = run.tasks.filter(({ kind }) => trainingKinds.includes(kind));
  const asked = wanted === undefined ? likelyTasks(trained) : tasksOf(trained, wanted);
  const names = trained.map(({ name }) => name);
  if (asked.length === 0) {
    if (wanted === undefined) throw invalidField('source', `run ${run.name} trains no network`);
    throw unknownName('stage', wanted, new Set([...names, ...trained.map(({ stage }) => stage)]), 'source');
  }
  const last = asked[asked.length - 1];
  const areGenerations = asked.every(({ stage, kind }) => kind === 'distill' && stage === last.stage);
  if (asked.length === 1 || areGenerations) return last;
  const example = `lyceum export ${run.name}:${last.name}`;
  throw invalidField('source', `run ${run.name} trains ${names.join(', ')}; name one: ${example}`);
}

function tasksOf(trained: readonly Task[], wanted: string): readonly Task[] {
  const named = trained.filter(({ name }) => name === wanted);
  return named.length > 0 ? named : trained.filter(({ stage }) => stage === wanted);
}

/** Students; where there are none, all networks. */
function likelyTasks(trained: readonly Task[]): readonly Task[] {
  const students = trained.filter(({ kind }) => kind !== 'train');
  return students.length > 0 ? students : trained;
}
