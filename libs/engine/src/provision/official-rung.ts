import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { LyceumError } from '@lyceum/errors';
import { napiVersion, type NativePackage, type NativeVariant } from '../backends/native-package.js';
import { findBuildTools } from '../machine/build-tools.js';
import { runCommand } from '../machine/run-command.js';
import type { Rung } from './rung.js';

const require = createRequire(import.meta.url);

/** The package's own constants, so that the address asked is the address its installer uses. */
interface DepsConstants {
  readonly LIBTENSORFLOW_VERSION: string;
  readonly ALL_SUPPORTED_COMBINATION: readonly string[];
}

/** Longest wait for the first answer of the installer's host: it must be quick to see that it can't be reached. */
const probeMs = 4000;

/** The package's own installer: a prebuilt libtensorflow and binding, no compiler and no Python needed. */
export function officialRung(variant: NativeVariant): Rung {
  return {
    id: 'official',
    brings: 'official',
    async refusal(target) {
      const constants = constantsOf(target);
      if (variant === 'gpu') {
        return `its libtensorflow ${constants.LIBTENSORFLOW_VERSION} is built for CUDA 11, which no current GPU runs`;
      }
      const system = systemName();
      if (!constants.ALL_SUPPORTED_COMBINATION.includes(system)) return `it has no library for ${system}`;
      return process.env.HTTPS_PROXY === undefined ? unreachable(libraryAddress(constants)) : undefined;
    },
    async fill({ target, report }, folder) {
      report('install', 'running the official installer');
      const copy = join(folder, 'package');
      await copyPackage(target, copy);
      const result = await runCommand(process.execPath, [join('scripts', 'install.js')], {
        cwd: copy,
        env: await installerEnvironment(target),
        timeoutMs: 20 * 60_000,
        onLine: (line) => report('install', line.trim()),
      });
      if (!result.ok || !isComplete(copy)) throw installFailed(target, result.failure);
      await rename(join(copy, 'deps'), join(folder, 'deps'));
      await rm(join(folder, 'deps', 'include'), { recursive: true, force: true });
      await rename(join(copy, 'lib'), join(folder, 'lib'));
      await rm(copy, { recursive: true });
    },
  };
}

/** The installer writes into its own package, so it gets a copy; its dependencies stay where npm put them. */
async function copyPackage(target: NativePackage, copy: string): Promise<void> {
  await mkdir(copy, { recursive: true });
  for (const part of ['binding', 'binding.gyp', 'package.json', 'scripts']) {
    await cp(join(target.folder, part), join(copy, part), { recursive: true });
  }
}

async function installerEnvironment(target: NativePackage): Promise<Record<string, string>> {
  const shared = dirname(dirname(target.folder));
  const binaries = join(shared, '.bin');
  const { nodeGyp } = await findBuildTools();
  return {
    NODE_PATH: [join(target.folder, 'node_modules'), shared].join(delimiter),
    PATH: [binaries, process.env.PATH ?? ''].join(delimiter),
    ...(nodeGyp !== undefined && { npm_config_node_gyp: nodeGyp }),
  };
}

function isComplete(folder: string): boolean {
  const parts = [
    join('deps', 'lib', 'libtensorflow.so'),
    join('lib', `napi-v${napiVersion}`, 'tfjs_binding.node'),
  ];
  return parts.every((part) => existsSync(join(folder, part)));
}

function constantsOf(target: NativePackage): DepsConstants {
  return require(join(target.folder, 'scripts', 'deps-constants.js')) as DepsConstants;
}

function systemName(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  return `cpu-${platform}-${process.arch === 'x64' ? 'x86_64' : process.arch}`;
}

/** As the installer builds it, with the same variables for mirrors. */
function libraryAddress({ LIBTENSORFLOW_VERSION }: DepsConstants): string {
  const { TFJS_NODE_BASE_URI, TFJS_NODE_CDN_STORAGE, CDN_STORAGE } = process.env;
  const host = TFJS_NODE_CDN_STORAGE ?? CDN_STORAGE ?? 'https://storage.googleapis.com/';
  const base = TFJS_NODE_BASE_URI ?? `${host}tensorflow/libtensorflow/libtensorflow-`;
  return `${base}${systemName()}-${LIBTENSORFLOW_VERSION}.tar.gz`;
}

async function unreachable(address: string): Promise<string | undefined> {
  try {
    const { ok, status } = await fetch(address, { method: 'HEAD', signal: AbortSignal.timeout(probeMs) });
    return ok ? undefined : `${address} answers ${status}`;
  } catch {
    return `${new URL(address).host} can not be reached`;
  }
}

function installFailed(target: NativePackage, why: string): LyceumError {
  const text = `engine: the official installer of ${target.name} did not finish (${why || 'its files are missing'})`;
  return new LyceumError('UNREACHABLE', text);
}
