import { OrchestratorServiceService, WorkerServiceService } from '@lyceum/contracts/orchestrator-service';
import { ExchangeRequest, type ExchangeResponse } from '@lyceum/contracts/peer';
import { PeerServiceService } from '@lyceum/contracts/peer-service';
import { TrainerServiceService } from '@lyceum/contracts/trainer-service';
import { connect, errorFromStatus, type Connection } from '@lyceum/rpc';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { startOrchestrator, startTrainer } from '../processes/fleet.js';
import { fileScope } from '../processes/scope.js';
import type { Served } from '../processes/service.js';
import { refusalOf, refuses, type BadCall } from './refuses.js';

const scope = fileScope();
let trainer: Served;
let steering: Connection<typeof TrainerServiceService>;
let peers: Connection<typeof PeerServiceService>;
let people: Connection<typeof OrchestratorServiceService>;
let workers: Connection<typeof WorkerServiceService>;

beforeAll(async () => {
  const orchestrator = await startOrchestrator(scope, { trainers: 0 });
  trainer = await startTrainer(scope, orchestrator, { args: ['--worker-name', 'real'] });
  steering = connect(trainer.address, TrainerServiceService);
  peers = connect(trainer.address, PeerServiceService);
  people = connect(orchestrator.address, OrchestratorServiceService);
  workers = connect(orchestrator.address, WorkerServiceService);
  scope.defer(() => {
    for (const connection of [steering, peers, people, workers]) connection.close();
  });
});

type Message = NonNullable<Parameters<typeof ExchangeRequest.fromPartial>[0]['message']>;

/** Sends messages and reads as many answers; a trainer may wait long for a step to come. */
async function exchange(...messages: readonly (Message | undefined)[]): Promise<ExchangeResponse[]> {
  const stream = peers.stream('exchange', { deadlineMs: 20_000 });
  const answers: ExchangeResponse[] = [];
  try {
    for (const message of messages) {
      await stream.write(ExchangeRequest.fromPartial({ message })).catch(() => undefined);
      const { value, done } = await stream.next();
      if (done === true) break;
      answers.push(value);
    }
  } finally {
    stream.cancel();
  }
  return answers;
}

const opening = (agreement: string, run = 'nobody', stage = 'mutual'): Message => ({
  $case: 'open',
  value: { stage: { run, stage }, peer: 'test', agreement },
});
const step = (number: number, phase = 0): Message => ({ $case: 'step', value: { step: number, phase } });

async function watch(everyStepCount: number): Promise<void> {
  for await (const _ of steering.watch('watchSteps', { everyStepCount })) return;
}

const idle: BadCall[] = [
  {
    title: 'a checkpoint of nothing',
    make: () => steering.call('saveCheckpoint', {}),
    code: 'FAILED_PRECONDITION',
    says: /no task to checkpoint/,
  },
  {
    title: 'to show every -1 steps',
    make: () => watch(-1),
    code: 'INVALID_ARGUMENT',
    field: 'every_step_count',
    says: /found -1/,
  },
  {
    title: 'an exchange that begins with a step',
    make: () => exchange(step(0)),
    code: 'INVALID_ARGUMENT',
    field: 'message',
    says: /the first message must be `open`/,
  },
  {
    title: 'an exchange that begins with an empty message',
    make: () => exchange(undefined),
    code: 'INVALID_ARGUMENT',
    field: 'message',
    says: /the first message must be `open`/,
  },
  {
    title: 'a peer of a training that it does not take part in, for now',
    make: () => exchange(opening('x')),
    code: 'UNAVAILABLE',
    says: /not in nobody\/mutual yet \(now: none\)/,
  },
];

refuses('an idle trainer', { server: () => trainer, good: () => steering.call('getTask', {}) }, idle);

const mutual = `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: peers }
spec:
  data: { name: "synthetic:28x28x1/10", trainLimit: 64, testLimit: 20 }
  models: { student: { architecture: plain-cnn-8 } }
  training: { epochs: 1 }
  stages:
    - name: mutual
      kind: co-train
      peers: [{ name: a, model: student }, { name: b, model: student }]
      losses: [{ loss: dml }]
`;

describe('a trainer among peers', () => {
  it('refuses peers that train on other data or ask for other steps, and answers the right one', async () => {
    // The test is the other student: it registers, takes its task, and asks the trainer for keys.
    const self = {
      name: 'test',
      kind: 'trainer',
      address: 'unix:/nowhere',
      device: 'cpu',
      memoryBytes: 0,
      labels: {},
    };
    await workers.call('registerWorker', { worker: self });
    const request = { requestId: randomUUID(), recipe: mutual, resume: '', reuse: false };
    const created = await people.call('createRun', request);
    const run = created.run?.name ?? '';
    const { lease } = await workers.call('leaseTask', { worker: 'test', waitMs: 20_000 });
    expect(lease?.task).toMatch(/^mutual\/[ab]$/);

    const agreement = await agreementOf(run);
    expect(await refusalOf(exchange(opening('wrong', run)))).toMatchObject({
      codeName: 'FAILED_PRECONDITION',
      violations: [{ field: 'open.agreement' }],
    });

    const [opened, before, late, keys, again] = await exchange(
      opening(agreement, run),
      step(-1),
      step(0, 1),
      step(0),
      opening(agreement, run),
    );
    expect(opened.message).toMatchObject({ $case: 'opened', value: { oldestStep: 0 } });
    expect(errorIn(before)).toMatchObject({ codeName: 'OUT_OF_RANGE', violations: [{ field: 'step' }] });
    expect(errorIn(late)).toMatchObject({ codeName: 'INVALID_ARGUMENT', violations: [{ field: 'phase' }] });
    expect(keys.message).toMatchObject({
      $case: 'keys',
      value: { step: 0, error: undefined, tensors: [{ name: 'dml/logits', shape: [64, 10] }] },
    });
    expect(again.message?.$case).toBe('opened');

    const { task } = await steering.call('getTask', {});
    expect(task).toMatchObject({ run, stage: 'mutual' });
    await people.call('cancelRun', { name: run });
    await untilIdle();
  });
});

/** What the trainer wants its peers to agree on, as it says itself once its step has begun. */
async function agreementOf(run: string): Promise<string> {
  for (const until = Date.now() + 30_000; Date.now() < until; await pause(100)) {
    const error = await refusalOf(exchange(opening('wrong', run)));
    const found = /here "([0-9a-f]+)"/.exec(error.message);
    if (found !== null) return found[1];
    expect(error.codeName).toBe('UNAVAILABLE');
  }
  throw new Error('the trainer did not begin');
}

function errorIn({ message }: ExchangeResponse): unknown {
  if (message?.$case !== 'keys' || message.value.error === undefined) return undefined;
  return errorFromStatus(message.value.error);
}

async function untilIdle(): Promise<void> {
  for (const until = Date.now() + 20_000; Date.now() < until; await pause(100)) {
    const { task } = await steering.call('getTask', {});
    if (task?.task === '') return;
  }
  throw new Error('the trainer did not stop when its run was cancelled');
}
