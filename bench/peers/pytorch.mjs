// Processes of another house to compare with, and the Python that they run on.
import { cacheFolder } from '@lyceum/engine';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const torchVersion = '2.9.1';

/** A file of this folder. */
export const peerFile = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * A Python with PyTorch: the one that LYCEUM_TORCH_PYTHON names, else one installed by pip into a virtual environment
 * of its own in the cache folder, on the first call (about 6 GB with what the wheel brings along).
 */
export function pythonWithTorch(version = torchVersion, given = process.env.LYCEUM_TORCH_PYTHON) {
  const has = (path) => spawnSync(path, ['-c', 'import torch']).status === 0;
  if (given !== undefined) {
    if (has(given)) return given;
    throw new Error(`"${given}" has no PyTorch; give LYCEUM_TORCH_PYTHON, or --python, one that has`);
  }
  const folder = join(cacheFolder(), 'peers', `torch-${version}`);
  const python = join(folder, 'bin', 'python');
  if (existsSync(python) && has(python)) return python;
  console.log(`installing PyTorch ${version} into ${folder}`);
  run('python3', ['-m', 'venv', folder]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--no-cache-dir', `torch==${version}`, 'numpy']);
  return python;
}

function run(command, parameters) {
  const { status, error } = spawnSync(command, parameters, { stdio: 'inherit' });
  if (status === 0) return;
  const why = error?.message ?? `status ${status}`;
  const advice = 'or name a Python that has PyTorch by LYCEUM_TORCH_PYTHON';
  throw new Error(`${command} ${parameters.join(' ')} failed (${why}); try again, ${advice}`);
}

/** A process that answers each line with one; `about` is the first it writes. It ends with the process that started it. */
export async function startPeer(command, parameters) {
  const child = spawn(command, parameters, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${command} ${parameters[0]} ended early; what it wrote above tells why`);
    return value;
  };
  return {
    about: await read(),
    async ask(line) {
      child.stdin.write(`${line}\n`);
      return read();
    },
    stop: () => child.stdin.end(),
  };
}
