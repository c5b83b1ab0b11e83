import { join } from 'node:path';
import { makeWeights, type MadeModel } from './made-weights.js';
import type { Scope } from './scope.js';
import { serve, type Served, type ServiceOptions } from './service.js';

/** One compute thread each: tests share the machine with one another, and results must not depend on it. */
const oneThread = ['--thread-count', '1'];

export interface StartTeacherOptions extends ServiceOptions {
  readonly model?: MadeModel;
}

/** A teacher with weights made for it, called `tiny`. */
export async function startTeacher(scope: Scope, options: StartTeacherOptions = {}): Promise<Served> {
  const weights = await makeWeights(scope.folder, options.model);
  const args = ['--teachers', `tiny=${weights}`, ...oneThread, ...(options.args ?? [])];
  return serve(scope, 'teacher-inference', { ...options, args });
}

export async function startLoss(scope: Scope, options: ServiceOptions = {}): Promise<Served> {
  return serve(scope, 'loss', { ...options, args: [...oneThread, ...(options.args ?? [])] });
}

/** The folders of an orchestrator's state. */
function foldersOf(scope: Scope): { state: string; artifacts: string } {
  return { state: `pglite://${join(scope.folder, 'state')}`, artifacts: join(scope.folder, 'artifacts') };
}

export interface StartOrchestratorOptions extends ServiceOptions {
  /** How many trainers it starts; 0: they come by themselves. */
  readonly trainers: number;
}

export async function startOrchestrator(scope: Scope, options: StartOrchestratorOptions): Promise<Served> {
  const { state, artifacts } = foldersOf(scope);
  const folders = ['--state-url', state, '--artifacts-url', artifacts, '--socket-folder', scope.folder];
  const args = [
    ...folders,
    '--trainer-count',
    String(options.trainers),
    ...oneThread,
    ...(options.args ?? []),
  ];
  return serve(scope, 'orchestrator', { ...options, args });
}

/** A trainer that works for an orchestrator of the same scope. */
export async function startTrainer(
  scope: Scope,
  orchestrator: Served,
  options: ServiceOptions = {},
): Promise<Served> {
  const place = [
    '--orchestrator-address',
    orchestrator.address,
    '--artifacts-url',
    foldersOf(scope).artifacts,
  ];
  return serve(scope, 'student-trainer', {
    ...options,
    args: [...place, ...oneThread, ...(options.args ?? [])],
  });
}
