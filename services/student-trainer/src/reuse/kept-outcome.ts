import type { ArtifactFence, ArtifactStore } from '@lyceum/artifacts';
import type { StepMetrics } from '@lyceum/contracts/trainer';
import { LyceumError } from '@lyceum/errors';
import { checkpointPrefix } from '@lyceum/recipes';

/** What a finished task has come to, for later tasks of the same identity. */
export interface KeptOutcome {
  /** Run and task that found it. */
  readonly run: string;
  readonly task: string;
  readonly results: Readonly<Record<string, number>>;
  /** Artifacts as the task told them, under its own name. */
  readonly artifacts: Readonly<Record<string, string>>;
  /** Numbers of its steps, means over several where there are many. */
  readonly series: readonly StepMetrics[];
  readonly stepCount: number;
  /** How long it took. */
  readonly computedMs: number;
}

interface KeptFile {
  /** Within the task's folder. */
  readonly name: string;
  readonly sha256: string;
}

interface Place {
  readonly run: string;
  readonly task: string;
  readonly fence: ArtifactFence;
}

/**
 * The outcome of one identity, under `shared/tasks/<identity>`. Files lie under their checksum and `outcome.json` comes
 * last, so of several writers at once each leaves a whole outcome, and the last one's counts. Leases of different runs
 * cannot be compared, so nothing here is fenced: a writer that lost its task still writes what is true.
 */
export class OutcomeKeeper {
  constructor(
    private readonly artifacts: ArtifactStore,
    private readonly identity: string,
  ) {}

  /** The outcome and the bytes of its files by name; undefined when there is none. Errors: CORRUPT_FILE. */
  async read(): Promise<{ outcome: KeptOutcome; files: ReadonlyMap<string, Uint8Array> } | undefined> {
    const key = this.key('outcome.json');
    if ((await this.artifacts.head(key)) === undefined) return undefined;
    const text = Buffer.from(await this.artifacts.get(key)).toString('utf8');
    const { files, ...outcome } = JSON.parse(text) as KeptOutcome & { files: KeptFile[] };
    const read = files.map(async ({ name, sha256 }) => {
      return [name, await this.artifacts.get(this.key(`${sha256}/${name}`))] as const;
    });
    return { outcome, files: new Map(await Promise.all(read)) };
  }

  /** Keeps everything in a finished task's folder but its checkpoints. Errors: as of `put`. */
  async keep(outcome: KeptOutcome): Promise<void> {
    const folder = `${outcome.run}/${outcome.task}`;
    const checkpoints = `${outcome.run}/${checkpointPrefix(outcome.task)}/`;
    const keys = (await this.artifacts.list(folder)).filter((key) => !key.startsWith(checkpoints));
    const files: KeptFile[] = [];
    for (const key of keys) {
      const name = key.slice(folder.length + 1);
      const bytes = await this.artifacts.get(key);
      const { sha256 = '' } = (await this.artifacts.head(key)) ?? {};
      await this.artifacts.put(this.key(`${sha256}/${name}`), bytes);
      files.push({ name, sha256 });
    }
    const text = JSON.stringify({ ...outcome, files });
    await this.artifacts.put(this.key('outcome.json'), Buffer.from(text));
  }

  /** Copies an outcome's files into the folder of another task, and says what its artifacts are called there. */
  async copy(
    { artifacts, task: from }: KeptOutcome,
    files: ReadonlyMap<string, Uint8Array>,
    { run, task, fence }: Place,
  ): Promise<Record<string, string>> {
    for (const [name, bytes] of files) await this.artifacts.put(`${run}/${task}/${name}`, bytes, { fence });
    const renamed = Object.entries(artifacts).map(([name, value]) => [
      name,
      value.startsWith(`${from}/`) ? `${task}${value.slice(from.length)}` : value,
    ]);
    return Object.fromEntries(renamed) as Record<string, string>;
  }

  private key(name: string): string {
    return `shared/tasks/${this.identity}/${name}`;
  }
}

/** Whether an outcome could not be read because of what lies there, and not because the store is away. */
export function isDamage(caught: unknown): boolean {
  return (
    caught instanceof SyntaxError ||
    ['CORRUPT_FILE', 'UNKNOWN_NAME'].includes(LyceumError.from(caught).reason)
  );
}
