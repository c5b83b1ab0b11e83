import { openOrchestrator } from '@lyceum/client';
import { State } from '@lyceum/contracts/orchestrator';
import { LyceumError } from '@lyceum/errors';
import type { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { stringify } from 'yaml';
import { followRun } from '../follow-run.js';
import { findOrStart } from '../orchestrator-process.js';
import { globalOptions, printJson } from './global-options.js';

interface EvaluateOptions {
  readonly weights: string;
  readonly architecture: string;
  readonly data: string;
  readonly dataPath?: string;
  readonly viewPixels?: string;
}

export function addEvaluate(program: Command): void {
  program
    .command('evaluate')
    .description('accuracy of a network on the test split of a data set')
    .requiredOption('--weights <file>', 'safetensors file')
    .requiredOption('--architecture <name>', 'see `lyceum models list`')
    .requiredOption('--data <name>', 'see `lyceum data list`')
    .option('--data-path <path>', 'folder or file of the data')
    .option(
      '--view-pixels <side>',
      'side of the images as the network sees them, where smaller than the data',
    )
    .action(async (options: EvaluateOptions, command: Command) => {
      const { home, json } = globalOptions(command);
      const recipe = stringify({
        apiVersion: 'lyceum.dev/v1alpha1',
        kind: 'Distillation',
        metadata: { name: 'evaluate' },
        spec: {
          data: {
            name: options.data,
            ...(options.dataPath === undefined ? {} : { path: resolve(options.dataPath) }),
            ...(options.viewPixels === undefined ? {} : { viewPixels: Number(options.viewPixels) }),
          },
          models: { network: { architecture: options.architecture, weights: resolve(options.weights) } },
          stages: [{ name: 'evaluate', kind: 'evaluate', models: ['network'] }],
        },
      });
      const orchestrator = await findOrStart(home, { trainers: 1 });
      try {
        const client = openOrchestrator(orchestrator.address);
        const { name } = await client.createRun({ requestId: randomUUID(), recipe, resume: '' });
        const { run } = await followRun(client, name, { json: false, signal: new AbortController().signal });
        const [task] = run.tasks;
        if (run.state !== State.SUCCEEDED)
          throw new LyceumError('WRONG_STATE', task.error?.message ?? 'the evaluation failed');
        if (json) printJson(task.results);
        else
          process.stdout.write(
            `test accuracy ${(100 * task.results.accuracy).toFixed(2)} %, cross entropy ${task.results.testLoss.toFixed(4)} nats\n`,
          );
      } finally {
        await orchestrator.stop();
      }
    });
}
