import { withLock } from '@lyceum/data';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from './run-tool.js';
import { toolsFolder } from './tools-folder.js';

/** A tool that is there, or why it is not. */
export type Provided = { readonly folder: string; readonly missing?: never } | { readonly missing: string };

/** One command of an installation: program, arguments, environment. */
export interface InstallStep {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Installs a tool once into the tools folder. A mark is written last, so that an installation that was broken off
 * is made again. Where it cannot be had, the tests that need it are skipped, and say so.
 */
export async function provideTool(
  name: string,
  steps: (folder: string) => readonly InstallStep[],
): Promise<Provided> {
  const folder = join(toolsFolder(), name);
  const mark = join(folder, 'complete');
  if (existsSync(mark)) return { folder };
  // Files of tests run side by side; whoever waited finds it there.
  return withLock(folder, async () =>
    existsSync(mark) ? { folder } : install(name, folder, mark, steps(folder)),
  );
}

async function install(
  name: string,
  folder: string,
  mark: string,
  steps: readonly InstallStep[],
): Promise<Provided> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const { program, args, environment = {} } of steps) {
    const problem = await attempt(program, args, environment);
    if (problem !== undefined) {
      const missing = `${name} cannot be installed here: ${problem}`;
      console.warn(`SKIPPED: ${missing}`);
      return { missing };
    }
  }
  await writeFile(mark, '');
  return { folder };
}

async function attempt(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  try {
    const { code, stderr } = await runTool(program, args, { environment, timeoutMs: 900_000 });
    return code === 0 ? undefined : `${program} ${args.join(' ')}: ${stderr.trim().split('\n').at(-1)}`;
  } catch (error) {
    return `${program}: ${(error as Error).message}`;
  }
}
