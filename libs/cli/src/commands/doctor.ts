import type { Command } from 'commander';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { globalOptions } from './global-options.js';

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'what is installed here (engine, TensorFlow, device, threads), and what to do about the rest',
    )
    .action((_: unknown, command: Command) => {
      // A process of its own: only it loads the engine.
      const entry = fileURLToPath(import.meta.resolve('@lyceum/engine/doctor'));
      const { json } = globalOptions(command);
      const { status } = spawnSync(process.execPath, [entry, ...(json ? ['--json'] : [])], {
        stdio: 'inherit',
      });
      process.exitCode = status ?? 1;
    });
}
