import { openOrchestrator } from '@lyceum/client';
import { State, type Run } from '@lyceum/contracts/orchestrator';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { digestsOf } from '../e2e/lyceum-command.js';
import { startOrchestrator, startTrainer } from '../processes/fleet.js';
import { fileScope, Scope } from '../processes/scope.js';
import type { Served } from '../processes/service.js';

const scope = fileScope();

/** The deep one takes long to look at all test images: the small one has ended by then. No checkpoint is written. */
const recipe = `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: mutual }
spec:
  data: { name: "synthetic:12x12x1/10", trainLimit: 128, testLimit: 4000 }
  models:
    small: { architecture: plain-cnn-2 }
    deep: { architecture: resnet56 }
  training: { epochs: 1, batchSize: 16, checkpointSeconds: 100000 }
  stages:
    - name: mutual
      kind: co-train
      losses: [{ loss: ce }, { loss: dml }]
      peers:
        - { name: small, model: small, seed: 1 }
        - { name: deep, model: deep, seed: 2 }
`;

/**
 * Runs the recipe on two trainers. The one with the deep network is ended by force when the other has ended, which then
 * takes its task over.
 */
async function mutual(kills: boolean): Promise<Run> {
  const own = new Scope();
  scope.defer(() => own[Symbol.asyncDispose]());
  const orchestrator = await startOrchestrator(own, { trainers: 0, args: ['--lease-seconds', '3'] });
  const start = async (name: string) =>
    [name, await startTrainer(own, orchestrator, { args: ['--worker-name', name] })] as const;
  const trainers = new Map<string, Served>(await Promise.all(['one', 'two'].map(start)));
  const client = openOrchestrator(orchestrator.address);
  own.defer(async () => client.close());
  const { name } = await client.createRun({ requestId: 'mutual', recipe, resume: '' });
  for (;;) {
    const run = await client.getRun(name);
    if (run.endTime !== undefined) return run;
    const [small, deep] = ['mutual/small', 'mutual/deep'].map((task) =>
      run.tasks.find((found) => found.name === task),
    );
    const victim = trainers.get(deep?.worker ?? '');
    if (kills && small?.state === State.SUCCEEDED && deep?.attempt === 1) await victim?.process.kill();
    await pause(50);
  }
}

it('a student that dies after its peer has ended goes through the last steps again, to the same weights', async () => {
  const [calm, killed] = await Promise.all([mutual(false), mutual(true)]);
  expect(calm.state).toBe(State.SUCCEEDED);
  expect(killed.state).toBe(State.SUCCEEDED);
  expect(killed.tasks.map(({ name, attempt }) => [name, attempt])).toEqual([
    ['mutual/small', 1],
    ['mutual/deep', 2],
  ]);
  expect(digestsOf(killed)).toEqual(digestsOf(calm));
}, 180_000);
