import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Scope } from '../processes/scope.js';

const command = fileURLToPath(new URL('../../libs/cli/bin/lyceum.js', import.meta.url));

/** A teacher, and a student that learns from it, one of its losses computed by the loss service. */
const recipe = `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: traced }
spec:
  data: { name: fashion-mnist, trainLimit: 320, testLimit: 100 }
  models:
    teacher: { architecture: plain-cnn-8 }
    student: { architecture: plain-cnn-8 }
  training: { epochs: 1 }
  stages:
    - { name: teacher, kind: train, model: teacher }
    - name: kd
      kind: distill
      model: student
      teachers: [{ stage: teacher }]
      losses: [{ loss: ce }, { loss: kd, via: loss-service }]
`;

/** Steps of each of its tasks: 320 samples in batches of 64. */
export const stepCount = 5;

/** A run that ended, in a home of its own. */
export interface EndedRun {
  readonly name: string;
  readonly code: number | null;
  /** Digests of the weights, by task. */
  readonly digests: Readonly<Record<string, string>>;
  /** Log of each of its processes, by name. */
  readonly logs: Readonly<Record<string, string>>;
  /** Files that each of its processes loaded, by the process's package; only where they were asked for. */
  readonly loaded: Readonly<Record<string, readonly string[]>>;
}

export interface SmallRunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether to find out what its processes load. */
  readonly listLoaded?: boolean;
}

interface RunJson {
  readonly run: {
    readonly name: string;
    readonly tasks: readonly {
      readonly name: string;
      readonly artifacts: { readonly weightsDigest: string };
    }[];
  };
}

/** Runs the recipe by the command line, in the folder `name` of the scope. */
export async function smallRun(scope: Scope, name: string, options: SmallRunOptions = {}): Promise<EndedRun> {
  const folder = join(scope.folder, name);
  mkdirSync(folder);
  const file = join(folder, 'recipe.yaml');
  writeFileSync(file, recipe);
  const coverage = join(folder, 'loaded');
  const listing: Record<string, string> = options.listLoaded === true ? { NODE_V8_COVERAGE: coverage } : {};
  const home = ['--json', '--home', join(folder, 'home')];
  const flags = ['--trainers', '1', '--threads', '1', '--report', join(folder, 'report.html')];
  const process = scope.spawn(name, [command, ...home, 'run', ...flags, file], {
    folder,
    environment: { ...listing, ...options.environment },
  });
  const { code } = await process.ended;
  const logs = readLogs(join(folder, 'home/logs'));
  // One event a line, then the run as a document of many lines.
  const start = process.stdout.lastIndexOf('\n{\n');
  if (start < 0) {
    throw new Error(`${name} ended with ${code}:\n${process.log}\n${Object.values(logs).join('\n')}`);
  }
  const { run } = JSON.parse(process.stdout.slice(start)) as RunJson;
  const digests = Object.fromEntries(
    run.tasks.map(({ name: task, artifacts }) => [task, artifacts.weightsDigest]),
  );
  return { name: run.name, code, digests, logs, loaded: readLoaded(coverage) };
}

function readLogs(folder: string): Record<string, string> {
  if (!existsSync(folder)) return {};
  return Object.fromEntries(
    readdirSync(folder).map((file) => [file.replace(/\.log$/, ''), readFileSync(join(folder, file), 'utf8')]),
  );
}

/** V8 itself tells which scripts ran, of all threads, however they were loaded. */
function readLoaded(folder: string): Record<string, string[]> {
  if (!existsSync(folder)) return {};
  const loaded: Record<string, string[]> = {};
  for (const file of readdirSync(folder)) {
    const { result } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { result: { url: string }[] };
    const urls = result.map(({ url }) => url);
    const own = urls.map((url) => /(?:services|libs)\/([a-z-]+)\/dist\/(?:main|worker)/.exec(url));
    const name = own.find((found) => found !== null)?.[1] ?? 'others';
    loaded[name] = [...(loaded[name] ?? []), ...urls];
  }
  return loaded;
}
