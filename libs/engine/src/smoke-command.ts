import { LyceumError } from '@lyceum/errors';
import type { BackendChoice } from './engine-info.js';
import { runSmoke } from './smoke.js';
import { startEngine } from './start-engine.js';

// `node smoke-command.js [backend] [threads]` prints one line of JSON: the smoke result of a fresh process.
const [backend = 'auto', threads] = process.argv.slice(2);
try {
  const engine = await startEngine({
    backend: backend as BackendChoice,
    ...(threads !== undefined && { threads: Number(threads) }),
  });
  process.stdout.write(`${JSON.stringify(runSmoke(engine))}\n`);
} catch (error) {
  process.stderr.write(`error: ${LyceumError.from(error).message}\n`);
  process.exitCode = 1;
}
