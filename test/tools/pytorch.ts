import { withLock } from '@lyceum/data';
import { cacheFolder } from '@lyceum/engine';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { provideTool } from './provide-tool.js';
import { pythonOf } from './python.js';
import { runTool, type ToolResult } from './run-tool.js';

const version = '2.9.1';
const grpcVersion = '1.85.1';
/** The one that Debian's packages are for. */
const systemPython = '/usr/bin/python3';
const limits = { timeoutMs: 1_200_000 };
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
  const folder = join(cacheFolder(), 'peers', `torch-${version}`);
  // Files of tests run side by side; whoever waited finds it there.
  const found = await withLock(folder, () => findPytorch(folder));
  if (found.missing !== undefined) return found;
  const { python } = found;
  const digest = createHash('sha256').update(`${python} ${grpcVersion}`).digest('hex').slice(0, 10);
  const packages = await provideTool(`pytorch-grpc-${digest}`, (folder) => [
    {
      // Debian's Python has no pip of its own; any other installs for it.
      program: 'python3',
      args: [
        ...['-m', 'pip', '--python', python],
        ...['install', '--quiet', '--only-binary=:all:', '--target', folder],
        `grpcio-status==${grpcVersion}`,
      ],
    },
  ]);
  return packages.missing === undefined ? { python, packages: packages.folder } : packages;
}

type Found = { readonly python: string; readonly missing?: never } | { readonly missing: string };

/**
 * Finds a Python with PyTorch: `LYCEUM_TORCH_PYTHON` (a program, or `none`), the one that the benchmarks install,
 * `python3`, or the system's. Where there is none it is installed: the wheel without GPU libraries (200 MB) if
 * PyTorch's own index can be reached, else Debian's package (150 MB, by root), else the wheel of PyPI, which takes
 * 7 GB.
 */
async function findPytorch(folder: string): Promise<Found> {
  const given = process.env.LYCEUM_TORCH_PYTHON;
  const own = pythonOf(folder);
  if (given === 'none') return skipped('LYCEUM_TORCH_PYTHON is "none"');
  for (const python of given === undefined ? [own, 'python3', systemPython] : [given]) {
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
  console.warn('installing PyTorch; LYCEUM_TORCH_PYTHON=none skips what needs it');
  try {
    const made = await runTool('python3', ['-m', 'venv', folder], limits);
    if (made.code !== 0) return skipped(`python3 -m venv: ${lastLine(made)}`);
    if ((await pip(python, processorWheels)).code === 0 && (await imports(python))) return { python };
    if (await installDebianPackage()) return { python: systemPython };
    const whole = await pip(python, [`torch==${version}`]);
    if (whole.code === 0 && (await imports(python))) return { python };
    return skipped(`pip install torch==${version}: ${lastLine(whole)}`);
  } catch (error) {
    return skipped((error as Error).message);
  }
}

function pip(python: string, args: readonly string[]): Promise<ToolResult> {
  return runTool(python, ['-m', 'pip', 'install', '--quiet', '--no-cache-dir', ...args, 'numpy'], limits);
}

async function installDebianPackage(): Promise<boolean> {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  const environment = { DEBIAN_FRONTEND: 'noninteractive' };
  const options = { ...limits, environment };
  await runTool('apt-get', ['update', '-qq'], options);
  const args = ['install', '-y', '-qq', '--no-install-recommends', 'python3-torch'];
  return (await runTool('apt-get', args, options)).code === 0 && imports(systemPython);
}

function lastLine({ stderr }: ToolResult): string | undefined {
  return stderr.trim().split('\n').at(-1);
}

function skipped(why: string): { readonly missing: string } {
  const missing = `PyTorch cannot be had here: ${why}`;
  console.warn(`SKIPPED: ${missing}`);
  return { missing };
}
