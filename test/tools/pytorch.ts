import { cacheFolder } from '@lyceum/engine';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { provideTool } from './provide-tool.js';
import { runTool } from './run-tool.js';

const version = '2.9.1';
const grpcVersion = '1.85.1';
const processorWheels = [
  '--extra-index-url',
  'https://download.pytorch.org/whl/cpu',
  `torch==${version}+cpu`,
];

/** A Python that can import PyTorch, and a folder of gRPC packages for it; or why there is none. */
export type ProvidedPytorch =
  | { readonly python: string; readonly packages: string; readonly missing?: never }
  | { readonly missing: string };

/** A Python with PyTorch and gRPC. */
export async function providePytorch(): Promise<ProvidedPytorch> {
  const found = await findPytorch();
  if (found.missing !== undefined) return found;
  const { python } = found;
  const digest = createHash('sha256').update(`${python} ${grpcVersion}`).digest('hex').slice(0, 10);
  const packages = await provideTool(`pytorch-grpc-${digest}`, (folder) => [
    {
      program: python,
      args: [
        ...['-m', 'pip', 'install', '--quiet', '--only-binary=:all:', '--target', folder],
        `grpcio-status==${grpcVersion}`,
      ],
    },
  ]);
  return packages.missing === undefined ? { python, packages: packages.folder } : packages;
}

type Found = { readonly python: string; readonly missing?: never } | { readonly missing: string };

/**
 * Finds a Python with PyTorch: `LYCEUM_TORCH_PYTHON` (a program, or `none`), `python3`, or the one that the benchmarks
 * install. Where there is none, it is installed there: the wheel without GPU libraries (200 MB) if PyTorch's own index
 * can be reached, else the one of PyPI, which takes 7 GB.
 */
async function findPytorch(): Promise<Found> {
  const given = process.env.LYCEUM_TORCH_PYTHON;
  const folder = join(cacheFolder(), 'peers', `torch-${version}`);
  const own = join(folder, 'bin', 'python');
  if (given === 'none') return skipped('LYCEUM_TORCH_PYTHON is "none"');
  for (const python of given === undefined ? [own, 'python3'] : [given]) {
    if (await imports(python)) return { python };
  }
  if (given !== undefined) return skipped(`"${given}" (LYCEUM_TORCH_PYTHON) can not import torch`);
  return install(folder, own);
}

async function imports(python: string): Promise<boolean> {
  if (python.includes('/') && !existsSync(python)) return false;
  return runTool(python, ['-c', 'import torch']).then(
    ({ code }) => code === 0,
    () => false,
  );
}

async function install(folder: string, python: string): Promise<Found> {
  console.warn(`installing PyTorch ${version} into ${folder}; LYCEUM_TORCH_PYTHON=none skips what needs it`);
  const limits = { timeoutMs: 1_200_000 };
  const pip = (...args: readonly string[]) =>
    runTool(python, ['-m', 'pip', 'install', '--quiet', '--no-cache-dir', ...args, 'numpy'], limits);
  try {
    const made = await runTool('python3', ['-m', 'venv', folder], limits);
    if (made.code !== 0) return skipped(`python3 -m venv: ${made.stderr.trim().split('\n').at(-1)}`);
    const light = await pip(...processorWheels);
    const whole = light.code === 0 ? light : await pip(`torch==${version}`);
    if (whole.code === 0 && (await imports(python))) return { python };
    return skipped(`pip install torch==${version}: ${whole.stderr.trim().split('\n').at(-1)}`);
  } catch (error) {
    return skipped((error as Error).message);
  }
}

function skipped(why: string): { readonly missing: string } {
  const missing = `PyTorch cannot be had here: ${why}`;
  console.warn(`SKIPPED: ${missing}`);
  return { missing };
}
