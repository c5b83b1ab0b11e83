import type { TaskSpec } from '@lyceum/recipes';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { lossPackageArgs } from './loss-package-args.js';
import type { LocalLauncher, ProcessSpec } from './local-launcher.js';

/** A task as far as its services go. */
export interface ServedTask {
  readonly run: string;
  readonly name: string;
  readonly spec: TaskSpec;
}

export interface RunServicesOptions {
  readonly launcher: LocalLauncher;
  readonly artifactsUrl: string;
  readonly socketFolder: string;
  readonly backend: string;
  readonly threadCount: number;
  /** Packages of losses that teachers and loss services may load. */
  readonly lossPackages: readonly string[];
  /** Where teachers keep keys from one run to the next; empty: nowhere. */
  readonly cacheFolder: string;
  readonly cacheFolderBytes: number;
}

interface Needed {
  /** Name under which the task knows it: `teacher:<name>` or `loss`. */
  readonly as: string;
  readonly address: string;
  readonly process: ProcessSpec;
}

/** Teachers and loss servers of runs: started when the first task needs them, ended after the last. */
export class RunServices {
  constructor(private readonly options: RunServicesOptions) {}

  /** Starts what a task needs and tells where it will be; a service that is still loading is waited for there. */
  ensure(task: ServedTask): Record<string, string> {
    const needed = this.neededBy(task);
    for (const { process } of needed) this.options.launcher.ensure(process);
    return Object.fromEntries(needed.map(({ as, address }) => [as, address]));
  }

  /** Ends the services that none of the unfinished tasks needs. */
  async endUnneeded(unfinished: readonly ServedTask[]): Promise<void> {
    const { launcher } = this.options;
    const wanted = new Set(
      unfinished.flatMap((task) => this.neededBy(task).map(({ process }) => process.name)),
    );
    const idle = launcher.names().filter((name) => /^(teacher|loss)-/.test(name) && !wanted.has(name));
    await Promise.all(idle.map((name) => launcher.stop(name)));
  }

  private neededBy({ run, spec }: ServedTask): Needed[] {
    if (spec.kind !== 'train' && spec.kind !== 'cache') return [];
    const roots = [spec.data.path, spec.data.trainFrom?.path].filter((path) => path !== undefined);
    // A teacher that is not chosen yet may be any of those that it is chosen from.
    const possible = spec.teachers.flatMap(({ name: as, weights: key, file = '', best }) =>
      (best?.map(({ weights }) => weights) ?? [key]).map((known) => ({ as, key: known, file })),
    );
    const teachers = possible.map(({ as, key, file }) => {
      const weights = key === undefined ? file : `${run}/${key}`;
      const fromStore = key !== undefined;
      // Processes are told apart by what they may read too: stages of one run may have data of their own.
      const name = `teacher-${short([weights, ...roots].join('\n'))}`;
      return this.need(`teacher:${as}`, 'teacher-inference', name, [
        ...['--teachers', `teacher=${weights}`],
        ...(fromStore ? ['--artifacts-url', this.options.artifactsUrl] : []),
        ...(roots.length === 0 ? [] : ['--data-roots', roots.join(',')]),
        ...this.cacheArgs(),
      ]);
    });
    const remote = spec.losses.some((loss) => loss.via === 'loss-service');
    return remote ? [...teachers, this.need('loss', 'loss', `loss-${short(run)}`, [])] : teachers;
  }

  private cacheArgs(): string[] {
    const { cacheFolder, cacheFolderBytes } = this.options;
    if (cacheFolder === '') return [];
    return ['--cache-folder', cacheFolder, '--cache-folder-bytes', String(cacheFolderBytes)];
  }

  private need(as: string, service: ProcessSpec['service'], name: string, args: readonly string[]): Needed {
    const { socketFolder, backend, threadCount, lossPackages } = this.options;
    const address = `unix:${join(socketFolder, `${name}.sock`)}`;
    const shared = ['--address', address, '--backend', backend, '--thread-count', String(threadCount)];
    return {
      as,
      address,
      process: { name, service, args: [...shared, ...lossPackageArgs(lossPackages), ...args] },
    };
  }
}

/** A name that fits into the path of a socket. */
function short(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 10);
}
