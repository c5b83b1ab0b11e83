import { createRequire } from 'node:module';
import { invalidField, LyceumError } from '@lyceum/errors';
import { loadNative } from './backends/load-native.js';
import { loadPortable } from './backends/load-portable.js';
import { nativeBackend } from './backends/native-backend.js';
import { registerReductionGradients } from './backends/reduction-gradients.js';
import {
  isProvisioned,
  nativePackage,
  type NativePackage,
  type NativeVariant,
} from './backends/native-package.js';
import { backendChoices, type Backend, type EngineInfo, type EngineOptions } from './engine-info.js';
import { nvidiaDevice } from './machine/nvidia-device.js';
import { processorCount } from './machine/processor-count.js';

const require = createRequire(import.meta.url);
let running: Promise<EngineInfo> | undefined;
let startedWith: EngineOptions | undefined;

/**
 * Starts the engine of this thread. Idempotent: a second call with the same options gives the same answer.
 * @throws LyceumError INVALID_FIELD for an unknown backend or thread count, MISSING_DEPENDENCY when the backend asked
 * for is not provisioned, WRONG_STATE when another one already runs here.
 */
export async function startEngine(options: EngineOptions = {}): Promise<EngineInfo> {
  checkOptions(options);
  if (running !== undefined && !isSame(options, startedWith)) throw alreadyRunning(await running);
  startedWith ??= options;
  running ??= start(options).catch((error: unknown) => {
    running = undefined;
    startedWith = undefined;
    throw error;
  });
  return running;
}

/** What runs in this thread; absent before `startEngine`. */
export async function engineInfo(): Promise<EngineInfo | undefined> {
  return running;
}

async function start(options: EngineOptions): Promise<EngineInfo> {
  const threads = options.threads ?? threadsFromEnvironment() ?? processorCount();
  const wanted = options.backend ?? 'auto';
  if (wanted !== 'auto') return startBackend(wanted, threads, []);
  const { candidates, notes } = bestFirst();
  for (const backend of candidates) {
    try {
      return await startBackend(backend, threads, notes);
    } catch (error) {
      notes.push(LyceumError.from(error).message);
    }
  }
  return startBackend('js', threads, notes);
}

async function startBackend(
  backend: Backend,
  threads: number,
  notes: readonly string[],
): Promise<EngineInfo> {
  if (backend === 'gpu' || backend === 'cpu') return startNative(requirePackage(backend), threads, notes);
  await loadPortable(backend);
  registerReductionGradients();
  const name = backend === 'wasm' ? '@tensorflow/tfjs-backend-wasm' : '@tensorflow/tfjs-backend-cpu';
  const { version } = require(`${name}/package.json`) as { version: string };
  const facts = { backend, package: name, packageVersion: version, device: 'cpu', threads: 1 };
  return { ...facts, node: process.version, notes: [...notes, portableNote(backend)] };
}

function startNative(found: NativePackage, threads: number, notes: readonly string[]): EngineInfo {
  loadNative(found, threads);
  registerReductionGradients();
  const binding = nativeBackend()?.binding;
  const usesGpu = binding?.isUsingGpuDevice() ?? false;
  const onCpu =
    found.variant === 'gpu' && !usesGpu ? ['no GPU is usable here: the GPU package runs on the CPU'] : [];
  return {
    backend: found.variant,
    package: found.name,
    packageVersion: found.version,
    tensorflowVersion: binding?.TF_Version ?? 'unknown',
    device: usesGpu ? (nvidiaDevice() ?? 'gpu') : 'cpu',
    threads,
    node: process.version,
    notes: [...notes, ...onCpu],
  };
}

/** What this machine can run, best first, ahead of plain JavaScript, which always runs. */
function bestFirst(): { candidates: Backend[]; notes: string[] } {
  const [gpuReady, cpuReady] = [isProvisioned(nativePackage('gpu')), isProvisioned(nativePackage('cpu'))];
  const device = nvidiaDevice();
  const notes =
    device !== undefined && !gpuReady
      ? [`${device} is not used: run "node scripts/provision.mjs --variant gpu"`]
      : [];
  const candidates: Backend[] = [];
  if (device !== undefined && gpuReady) candidates.push('gpu');
  if (cpuReady) candidates.push('cpu');
  // The GPU package runs on the CPU as well, so it serves where it alone is provisioned.
  else if (gpuReady && device === undefined) candidates.push('gpu');
  return { candidates: [...candidates, 'wasm'], notes };
}

function requirePackage(variant: NativeVariant): NativePackage {
  const found = nativePackage(variant);
  if (isProvisioned(found)) return found;
  throw new LyceumError(
    'MISSING_DEPENDENCY',
    `engine: the ${variant} backend is not provisioned; run "node scripts/provision.mjs --variant ${variant}"`,
    { metadata: { backend: variant } },
  );
}

function checkOptions({ backend = 'auto', threads }: EngineOptions): void {
  if (!backendChoices.includes(backend)) {
    throw invalidField(
      'engine.backend',
      `must be one of ${backendChoices.join(', ')}, found "${String(backend)}"`,
    );
  }
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= 1024)) {
    throw invalidField('engine.threads', `must be a whole number from 1 to 1024, found ${threads}`);
  }
}

function threadsFromEnvironment(): number | undefined {
  const threads = Number(process.env.TF_NUM_INTRAOP_THREADS);
  return Number.isInteger(threads) && threads > 0 ? threads : undefined;
}

function isSame(one: EngineOptions, other: EngineOptions | undefined): boolean {
  return (one.backend ?? 'auto') === (other?.backend ?? 'auto') && one.threads === other?.threads;
}

function alreadyRunning(info: EngineInfo): LyceumError {
  const text = `engine: ${info.backend} with ${info.threads} threads already runs in this thread; start another worker`;
  return new LyceumError('WRONG_STATE', text, { metadata: { backend: info.backend } });
}

function portableNote(backend: Backend): string {
  const limits =
    backend === 'wasm' ? 'WebAssembly, about 50 times slower' : 'plain JavaScript, hundreds of times slower';
  return `NATIVE TENSORFLOW IS NOT IN USE, running ${limits}: run "node scripts/provision.mjs", then "lyceum doctor"`;
}
