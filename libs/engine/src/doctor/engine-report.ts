import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { LyceumError } from '@lyceum/errors';
import { isProvisioned, nativePackage, type NativeVariant } from '../backends/native-package.js';
import type { EngineInfo } from '../engine-info.js';
import { findBuildTools, missingTools } from '../machine/build-tools.js';
import { cacheFolder } from '../machine/cache-folder.js';
import { nvidiaDevice } from '../machine/nvidia-device.js';
import { processorCount } from '../machine/processor-count.js';
import { smokeCheck } from '../provision/smoke-check.js';

/** One thing looked at. */
export interface DoctorCheck {
  /** For instance `backend` or `compiler`. */
  readonly name: string;
  /** `warning`: Lyceum runs, and could run better. `problem`: something will not work. */
  readonly state: 'ok' | 'warning' | 'problem';
  /** What was found, in one line. */
  readonly found: string;
  /** What to do about it; only where something is to be done. */
  readonly fix?: string;
}

export interface EngineReport {
  /** What a process of Lyceum would run on here; absent when no engine starts. */
  readonly engine?: EngineInfo;
  readonly checks: readonly DoctorCheck[];
}

const provision = (variant: NativeVariant): string => `node scripts/provision.mjs --variant ${variant}`;
const oldestNode: readonly [number, number] = [20, 19];

/**
 * Looks at everything the engine needs, for `lyceum doctor`. It trains a few steps in a process of its own (about a
 * second) and never throws.
 */
export async function engineReport(): Promise<EngineReport> {
  const [engine, tools, cache] = await Promise.all([trainedEngine(), toolChecks(), cacheCheck()]);
  const checks = [nodeCheck(), ...engine.checks, gpuCheck(), ...tools, cache];
  return { ...(engine.info && { engine: engine.info }), checks };
}

/** @param version for instance `v20.19.0`. */
export function nodeCheck(version: string = process.version): DoctorCheck {
  const [major, minor] = version.slice(1).split('.').map(Number);
  const isNewEnough = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  if (isNewEnough) return { name: 'node', state: 'ok', found: version };
  return {
    name: 'node',
    state: 'problem',
    found: version,
    fix: `install Node ${oldestNode.join('.')} or newer`,
  };
}

async function trainedEngine(): Promise<{ info?: EngineInfo; checks: DoctorCheck[] }> {
  try {
    const { engine } = await smokeCheck('auto');
    return { info: engine, checks: [backendCheck(engine), ...factsOf(engine)] };
  } catch (error) {
    const found = `does not train: ${LyceumError.from(error).message}`;
    return { checks: [{ name: 'backend', state: 'problem', found, fix: `${provision('cpu')} --force` }] };
  }
}

function backendCheck({
  backend,
  package: name,
  packageVersion,
  tensorflowVersion,
  notes,
}: EngineInfo): DoctorCheck {
  const found = [`${backend} (${name} ${packageVersion})`, ...notes].join('; ');
  if (tensorflowVersion !== undefined) return { name: 'backend', state: 'ok', found };
  return { name: 'backend', state: 'warning', found, fix: provision('cpu') };
}

function factsOf({ tensorflowVersion, device, threads }: EngineInfo): DoctorCheck[] {
  const processors = processorCount();
  const isWhole = threads === processors || tensorflowVersion === undefined;
  return [
    {
      name: 'tensorflow',
      state: tensorflowVersion === undefined ? 'warning' : 'ok',
      found: tensorflowVersion ?? 'none',
    },
    { name: 'device', state: 'ok', found: device },
    {
      name: 'threads',
      state: isWhole ? 'ok' : 'warning',
      found: `${threads} of ${processors} processors`,
      ...(!isWhole && { fix: 'unset TF_NUM_INTRAOP_THREADS, unless the number was meant' }),
    },
  ];
}

function gpuCheck(): DoctorCheck {
  const device = nvidiaDevice();
  const isReady = isProvisioned(nativePackage('gpu'));
  const found = `${device ?? 'no NVIDIA device'}; GPU package ${isReady ? 'is provisioned' : 'is not provisioned'}`;
  if (device === undefined || isReady) return { name: 'gpu', state: 'ok', found };
  return { name: 'gpu', state: 'warning', found, fix: provision('gpu') };
}

async function toolChecks(): Promise<DoctorCheck[]> {
  const tools = await findBuildTools();
  // They are needed once: a machine that has the binding does without.
  const state = isProvisioned(nativePackage('cpu')) ? 'ok' : 'warning';
  const fixes = new Map(missingTools(tools).map(({ tool, fix }) => [tool, fix]));
  const check = (name: string, tool: string, found: string | undefined): DoctorCheck => {
    if (found !== undefined) return { name, state: 'ok', found };
    const fix = fixes.get(tool);
    return { name, state, found: 'not found', ...(fix !== undefined && { fix }) };
  };
  return [
    check('python', 'Python 3', tools.python?.version),
    check('pip', 'pip', tools.pip?.version),
    check('compiler', 'a C++ compiler', tools.compiler?.version),
    check('make', 'make', tools.make?.version),
    check('node headers', '', tools.nodeHeaders ?? 'not on this machine; node-gyp downloads them'),
  ];
}

async function cacheCheck(): Promise<DoctorCheck> {
  const folder = cacheFolder();
  const fix = 'make the folder writable, or set LYCEUM_CACHE_DIR to one that is';
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    const { bavail, bsize } = await statfs(folder);
    const freeGb = (bavail * bsize) / 1e9;
    const found = `${folder}, ${freeGb.toFixed(1)} GB free`;
    if (freeGb >= 4) return { name: 'cache', state: 'ok', found };
    return {
      name: 'cache',
      state: 'warning',
      found,
      fix: 'free some space: provisioning takes up to 4 GB at a time',
    };
  } catch (error) {
    return { name: 'cache', state: 'problem', found: `${folder}: ${LyceumError.from(error).message}`, fix };
  }
}
