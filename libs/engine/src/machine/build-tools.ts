import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { runCommand } from './run-command.js';

/** What building the native binding takes; a tool that is missing is left out. */
export interface BuildTools {
  /** A Python 3: node-gyp needs one, and unpacks wheels. */
  readonly python?: { readonly command: string; readonly version: string };
  /** pip of that Python. */
  readonly pip?: { readonly version: string };
  readonly compiler?: { readonly command: string; readonly version: string };
  readonly make?: { readonly version: string };
  /** Root of Node's headers (`include/node/node_api.h` below it); without it node-gyp downloads them. */
  readonly nodeHeaders?: string;
  /** npm's own node-gyp. */
  readonly nodeGyp?: string;
}

/** Looks for the tools on this machine; each question has a time limit. */
export async function findBuildTools(): Promise<BuildTools> {
  const [python, compiler, make, nodeGyp] = await Promise.all([
    firstThatAnswers([process.env.PYTHON, 'python3', 'python'], 'Python 3'),
    firstThatAnswers([process.env.CXX, 'c++', 'g++', 'clang++'], ''),
    firstThatAnswers([process.env.MAKE, 'make'], ''),
    findNodeGyp(),
  ]);
  const pip = python === undefined ? undefined : await ask(python.command, ['-m', 'pip', '--version']);
  const nodeHeaders = findNodeHeaders();
  return {
    ...(python && { python }),
    ...(pip !== undefined && { pip: { version: /pip (\S+)/.exec(pip)?.[1] ?? pip } }),
    ...(compiler && { compiler }),
    ...(make && { make }),
    ...(nodeHeaders !== undefined && { nodeHeaders }),
    ...(nodeGyp !== undefined && { nodeGyp }),
  };
}

/** The tools without which nothing can be built here, each with how to get it. */
export function missingTools(tools: BuildTools): { readonly tool: string; readonly fix: string }[] {
  return [
    ...(tools.python ? [] : [{ tool: 'Python 3', fix: 'apt-get install -y python3' }]),
    ...(tools.pip ? [] : [{ tool: 'pip', fix: 'apt-get install -y python3-pip (or: python3 -m ensurepip)' }]),
    ...(tools.compiler ? [] : [{ tool: 'a C++ compiler', fix: 'apt-get install -y g++' }]),
    ...(tools.make ? [] : [{ tool: 'make', fix: 'apt-get install -y make' }]),
  ];
}

async function firstThatAnswers(
  commands: readonly (string | undefined)[],
  start: string,
): Promise<{ command: string; version: string } | undefined> {
  for (const command of commands) {
    const version = command === undefined || command === '' ? undefined : await ask(command, ['--version']);
    if (command !== undefined && version?.startsWith(start)) return { command, version };
  }
  return undefined;
}

async function ask(command: string, args: readonly string[]): Promise<string | undefined> {
  const { ok, output } = await runCommand(command, args, { timeoutMs: 60_000 });
  return ok ? output.split('\n')[0].trim() : undefined;
}

/** Beside this Node's executable, as official archives, images and NodeSource lay them out, or where Debian does. */
function findNodeHeaders(): string | undefined {
  const roots = [dirname(dirname(process.execPath)), '/usr', '/usr/local'];
  return roots.find((root) => existsSync(join(root, 'include', 'node', 'node_api.h')));
}

async function findNodeGyp(): Promise<string | undefined> {
  const gyp = join('node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const besideNode = join(dirname(dirname(process.execPath)), 'lib', 'node_modules', 'npm', gyp);
  if (existsSync(besideNode)) return besideNode;
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const npm = join(folder, 'npm');
    if (!existsSync(npm)) continue;
    const found = join(dirname(dirname(await realpath(npm))), gyp);
    if (existsSync(found)) return found;
  }
  return undefined;
}
