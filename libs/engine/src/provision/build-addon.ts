import { cp, mkdir, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { LyceumError } from '@lyceum/errors';
import type { NativePackage } from '../backends/native-package.js';
import type { BuildTools } from '../machine/build-tools.js';
import { runCommand } from '../machine/run-command.js';

const require = createRequire(import.meta.url);

/**
 * Compiles the package's binding against `include` and `libraries`, in a copy, so that the installed package is never
 * written to, and puts it into `folder/lib/napi-v8`. Only Node's newest stable C interface is built: one compilation
 * instead of six.
 * @throws LyceumError MISSING_DEPENDENCY with the compiler's words.
 */
export async function buildAddon(
  target: NativePackage,
  tools: BuildTools,
  { include, libraries, folder }: { include: string; libraries: string; folder: string },
): Promise<void> {
  const copy = join(folder, 'build');
  await mkdir(join(copy, 'deps'), { recursive: true });
  for (const part of ['binding', 'binding.gyp', 'package.json']) {
    await cp(join(target.folder, part), join(copy, part), { recursive: true });
  }
  await symlink(include, join(copy, 'deps', 'include'));
  await symlink(libraries, join(copy, 'deps', 'lib'));
  const result = await runCommand(process.execPath, [preGyp(), ...buildFlags(tools)], {
    cwd: copy,
    env: {
      ...(tools.python && { npm_config_python: tools.python.command }),
      ...(tools.nodeGyp !== undefined && { npm_config_node_gyp: tools.nodeGyp }),
    },
    timeoutMs: 15 * 60_000,
  });
  if (!result.ok) throw buildFailed(target, result.failure, tools);
  await rename(join(copy, 'lib'), join(folder, 'lib'));
  await rm(copy, { recursive: true });
}

function preGyp(): string {
  return join(dirname(require.resolve('@mapbox/node-pre-gyp/package.json')), 'bin', 'node-pre-gyp');
}

function buildFlags({ nodeHeaders }: BuildTools): string[] {
  const headers = nodeHeaders === undefined ? [] : [`--nodedir=${nodeHeaders}`];
  return ['rebuild', '--build-from-source', '--build-latest-napi-version-only', ...headers];
}

function buildFailed(target: NativePackage, why: string, { nodeHeaders }: BuildTools): LyceumError {
  const headers =
    nodeHeaders === undefined
      ? "; Node's headers are not on this machine and may not have been reachable"
      : '';
  return new LyceumError(
    'MISSING_DEPENDENCY',
    `engine: the binding of ${target.name} does not build (${why})${headers}`,
  );
}
