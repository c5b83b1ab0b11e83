import { AskingStream } from '../fan-out/asking-stream.js';
import { startTeacher } from '../processes/fleet.js';
import type { Scope } from '../processes/scope.js';
import type { Served } from '../processes/service.js';

/** Where a teacher's answers came from. */
export type Counts = Readonly<Record<'passes' | 'own-pass' | 'joined-pass' | 'memory' | 'disk', number>>;

/** What a teacher that has ended answered in all. */
export async function countsOf({ process }: Served): Promise<Counts> {
  await process.stop();
  const [line] = await process.says(/^.*"answered in all".*$/m);
  return JSON.parse(line) as Counts;
}

export interface AskOptions {
  readonly loss?: string;
  readonly keep?: boolean;
  /** How often all batches are asked for. */
  readonly times?: number;
  readonly args?: readonly string[];
}

/** A teacher that keeps keys in a folder, two epochs of eight batches asked of it, and its answers. */
export async function asked(
  scope: Scope,
  folder: string,
  { loss = 'kd', keep = true, times = 1, args = [] }: AskOptions = {},
): Promise<{ served: Served; answers: string[] }> {
  const served = await startTeacher(scope, { args: ['--cache-folder', folder, ...args] });
  const stream = await AskingStream.open(scope, served, loss, keep);
  const answers: string[] = [];
  for (let i = 0; i < 16 * times; i += 1) answers.push(await stream.ask(i % 16));
  await stream.end();
  return { served, answers };
}
