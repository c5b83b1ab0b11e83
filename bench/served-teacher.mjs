// A teacher process for a benchmark.
import { startEngine } from '@lyceum/engine';
import { buildModel, saveWeights } from '@lyceum/models';
import { waitForReady } from '@lyceum/rpc';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Serves a fresh network while an action measures it. */
export async function withTeacher(config, dataName, action) {
  const folder = mkdtempSync(join(tmpdir(), 'lyceum-bench-'));
  const address = `unix:${join(folder, 't.sock')}`;
  const weights = join(folder, 'teacher.safetensors');
  await startEngine({ backend: 'auto' });
  const teacher = buildModel(config, 1);
  writeFileSync(weights, saveWeights(teacher, { data: dataName }));
  teacher.dispose();
  const entry = fileURLToPath(new URL('../services/teacher-inference/dist/main.js', import.meta.url));
  const child = spawn(process.execPath, [entry, '--address', address, '--teachers', `teacher=${weights}`], {
    stdio: ['pipe', 'ignore', 'inherit'],
    env: { ...process.env, LYCEUM_EXIT_WITH_PARENT: '1', LYCEUM_LOG_LEVEL: 'warn' },
  });
  try {
    await waitForReady(address, { deadlineMs: 60_000 });
    return await action({ address, pid: child.pid });
  } finally {
    child.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }
}

export const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
