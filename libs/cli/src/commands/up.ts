import type { Command } from 'commander';
import { isServing, start } from '../orchestrator-process.js';
import { LyceumError } from '@lyceum/errors';
import { globalOptions } from './global-options.js';
import { lossPackagesOption } from './loss-packages-option.js';

interface UpOptions {
  readonly address: string;
  readonly trainers?: string;
  readonly threads?: string;
  readonly backend?: string;
  readonly lossPackages?: string;
}

export function addUp(program: Command): void {
  program
    .command('up')
    .description('keep an orchestrator running here, for other terminals and programs')
    .option('--address <address>', 'where to listen', 'unix socket of this home')
    .option('--trainers <count>', 'trainers that work side by side (default 2)')
    .option('--threads <count>', 'compute threads of each process (default: all cores)')
    .option('--backend <name>', 'gpu, cpu, wasm or js')
    .option(...lossPackagesOption)
    .addHelpText(
      'after',
      '\nThen, in another terminal:\n  lyceum run recipes/fashion-mnist.yaml\n  lyceum runs list',
    )
    .action(async (options: UpOptions, command: Command) => {
      const { home } = globalOptions(command);
      const address = options.address.includes(':') ? options.address : home.orchestratorAddress;
      if (await isServing(address))
        throw new LyceumError('PORT_IN_USE', `address: an orchestrator already serves ${address}`);
      const numbers = { trainers: optional(options.trainers), threads: optional(options.threads) };
      const { backend, lossPackages } = options;
      const texts = {
        ...(backend === undefined ? {} : { backend }),
        ...(lossPackages === undefined ? {} : { lossPackages }),
      };
      const orchestrator = await start(home, { ...numbers, ...texts, address }, true);
      process.stdout.write(
        `orchestrator at ${orchestrator.address}, state in ${home.folder}; Ctrl-C ends it\n`,
      );
      await new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      });
      await orchestrator.stop();
    });
}

const optional = (text: string | undefined) => (text === undefined ? undefined : Number(text));
