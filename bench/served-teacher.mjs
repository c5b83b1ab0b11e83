// A teacher process for a benchmark.
import { startEngine } from '@lyceum/engine';
import { buildModel, saveWeights } from '@lyceum/models';
import { waitForReady } from '@lyceum/rpc';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Serves a fresh network while an action measures it.
 * @param threads of this process too, which makes the weights; default all cores.
 */
export async function withTeacher(config, dataName, action, { threads, args = [] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'lyceum-bench-'));
  const address = `unix:${join(folder, 't.sock')}`;
  const weights = join(folder, 'teacher.safetensors');
  await startEngine({ backend: 'auto', ...(threads === undefined ? {} : { threads }) });
  const teacher = buildModel(config, 1);
  writeFileSync(weights, saveWeights(teacher, { data: dataName }));
  teacher.dispose();
  const entry = fileURLToPath(new URL('../services/teacher-inference/dist/main.js', import.meta.url));
  const flags = ['--address', address, '--teachers', `teacher=${weights}`, ...args];
  const child = spawn(process.execPath, [entry, ...flags], {
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
