import { OrchestratorServiceService, WorkerServiceService } from '@lyceum/contracts/orchestrator-service';
import { connect, type Connection } from '@lyceum/rpc';
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { startOrchestrator } from '../processes/fleet.js';
import { fileScope } from '../processes/scope.js';
import type { Served } from '../processes/service.js';
import { refuses, type BadCall } from './refuses.js';

const scope = fileScope();
let orchestrator: Served;
let people: Connection<typeof OrchestratorServiceService>;
let workers: Connection<typeof WorkerServiceService>;

beforeAll(async () => {
  orchestrator = await startOrchestrator(scope, { trainers: 0 });
  people = connect(orchestrator.address, OrchestratorServiceService);
  workers = connect(orchestrator.address, WorkerServiceService);
  scope.defer(() => {
    people.close();
    workers.close();
  });
});

const recipe = `apiVersion: lyceum.dev/v1alpha1
kind: Distillation
metadata: { name: bad-input }
spec:
  data: { name: "synthetic:28x28x1/10", trainLimit: 64, testLimit: 20 }
  models:
    student: { architecture: plain-cnn-8 }
  training: { epochs: 1 }
  stages:
    - { name: alone, kind: train, model: student }
    - name: again
      kind: distill
      model: student
      teachers: [{ stage: alone }]
      losses:
        - { loss: kd, params: { temperature: 4 } }
`;

const create = (text: string, requestId: string = randomUUID()) =>
  people.call('createRun', { requestId, recipe: text, resume: '', reuse: false });

async function watch(name: string, afterSequence: number): Promise<void> {
  for await (const _ of people.watch('watchRun', { name, afterSequence })) return;
}

const subject = {
  server: () => orchestrator,
  good: async () => {
    const { run } = await create(recipe);
    const { run: cancelled } = await people.call('cancelRun', { name: run?.name ?? '' });
    expect(cancelled?.tasks).toHaveLength(2);
  },
};

/** The recipe with one thing changed. */
function changed(from: string, to: string): string {
  expect(recipe).toContain(from);
  return recipe.replace(from, to);
}

const recipes: (Omit<BadCall, 'make'> & { readonly text: () => string })[] = [
  {
    title: 'text that is no YAML, with its line',
    text: () => 'kind: [',
    code: 'INVALID_ARGUMENT',
    field: 'line 1, column 8',
    says: /not valid YAML/,
  },
  {
    title: 'an empty recipe',
    text: () => '',
    code: 'INVALID_ARGUMENT',
    field: 'recipe (line 1, column 1)',
    says: /recipe/,
  },
  {
    title: 'an unknown field, with its line',
    text: () => changed('epochs: 1', 'epoch: 1'),
    code: 'INVALID_ARGUMENT',
    field: 'spec.training.epoch (line 8, column 22)',
    says: /did you mean "epochs"/,
  },
  {
    title: 'an unknown model architecture',
    text: () => changed('plain-cnn-8', 'resnet8x5000'),
    code: 'INVALID_ARGUMENT',
    field: 'spec.models.student.architecture (line 7, column 30)',
    says: /resnet8x/,
  },
  {
    title: 'a misspelt model architecture',
    text: () => changed('plain-cnn-8', 'plan-cnn-8'),
    code: 'INVALID_ARGUMENT',
    field: 'spec.models.student.architecture (line 7, column 30)',
    says: /did you mean "plain-cnn-8"/,
  },
  {
    title: 'an unknown loss',
    text: () => changed('loss: kd', 'loss: kdd'),
    code: 'INVALID_ARGUMENT',
    field: 'spec.stages[1].losses[0].loss (line 16, column 19)',
    says: /no loss "kdd"; did you mean "kd"/,
  },
  {
    title: 'taps that do not pair',
    text: () =>
      changed(
        'loss: kd, params: { temperature: 4 }',
        'loss: at, studentTaps: { layer: [f1, f2] }, teacherTaps: { layer: [f1] }',
      ),
    code: 'INVALID_ARGUMENT',
    field: 'spec.stages[1].losses[0].loss (line 16, column 19)',
    says: /pairs its taps one with one, and has 2 of the student and 1 of the teacher for "layer"/,
  },
  {
    title: 'an unknown data set',
    text: () => changed('"synthetic:28x28x1/10"', 'fashion-mnst'),
    code: 'INVALID_ARGUMENT',
    field: 'spec.data.name (line 5, column 17)',
    says: /did you mean "fashion-mnist"/,
  },
  {
    title: 'a tap that the model does not have',
    text: () =>
      changed('loss: kd, params: { temperature: 4 }', 'loss: at, studentTaps: { layer: [f1, f22] }'),
    code: 'INVALID_ARGUMENT',
    field: 'spec.stages[1].losses[0].studentTaps.layer (line 16, column 45)',
    says: /no tap "f22"; did you mean "f2"/,
  },
  {
    title: 'a parameter out of its range',
    text: () => changed('temperature: 4', 'temperature: -1'),
    code: 'INVALID_ARGUMENT',
    field: 'spec.stages[1].losses[0].params.temperature (line 16, column 46)',
    says: /above 0.*found -1/,
  },
  {
    title: 'a stage that is taught by a later one',
    text: () => changed('stage: alone', 'stage: later'),
    code: 'INVALID_ARGUMENT',
    field: 'spec.stages[1].teachers[0].stage (line 14, column 27)',
    says: /no earlier stage "later"/,
  },
  {
    title: 'a model that is not among the models',
    text: () => changed('kind: train, model: student', 'kind: train, model: studnet'),
    code: 'INVALID_ARGUMENT',
    field: 'spec.stages[0].model (line 10, column 42)',
    says: /no model "studnet"; did you mean "student"/,
  },
  {
    title: 'no epochs at all',
    text: () => changed('epochs: 1', 'epochs: 0'),
    code: 'INVALID_ARGUMENT',
    field: 'spec.training.epochs (line 8, column 23)',
    says: /found 0/,
  },
];

const unknownRun: BadCall[] = (
  [
    ['getRun', 'name', () => people.call('getRun', { name: 'nobody' })],
    ['cancelRun', 'name', () => people.call('cancelRun', { name: 'nobody' })],
    ['watchRun', 'name', () => watch('nobody', 0)],
    [
      'createRun, to go on with it,',
      'resume',
      () => people.call('createRun', { requestId: '1', recipe, resume: 'nobody', reuse: false }),
    ],
  ] as const
).map(([method, field, make]) => ({
  title: `an unknown run in ${method}`,
  make,
  code: 'NOT_FOUND',
  field,
  says: /no run "nobody"/,
}));

const requests: BadCall[] = [
  {
    title: 'a run without a request id',
    make: () => create(recipe, ''),
    code: 'INVALID_ARGUMENT',
    field: 'request_id',
    says: /is required/,
  },
  {
    title: 'another recipe under the id of an earlier request',
    make: async () => {
      const requestId = randomUUID();
      const { run } = await create(recipe, requestId);
      try {
        expect((await create(recipe, requestId)).run?.name).toBe(run?.name);
        await create(changed('epochs: 1', 'epochs: 2'), requestId);
      } finally {
        await people.call('cancelRun', { name: run?.name ?? '' });
      }
    },
    code: 'ALREADY_EXISTS',
    field: 'request_id',
    says: /started by it, from another recipe; send another id/,
  },
  {
    title: 'going on with another recipe text',
    make: async () => {
      const { run } = await create(recipe);
      const name = run?.name ?? '';
      await people.call('cancelRun', { name });
      await people.call('createRun', {
        requestId: '',
        recipe: changed('epochs: 1', 'epochs: 2'),
        resume: name,
        reuse: false,
      });
    },
    code: 'FAILED_PRECONDITION',
    field: 'recipe',
    says: /made from another recipe text/,
  },
  {
    title: 'a run without a name',
    make: () => people.call('getRun', { name: '' }),
    code: 'INVALID_ARGUMENT',
    field: 'name',
    says: /is required/,
  },
  {
    title: 'a page of less than nothing',
    make: () => people.call('listRuns', { pageSize: -1, pageToken: '' }),
    code: 'INVALID_ARGUMENT',
    field: 'page_size',
    says: /found -1/,
  },
  {
    title: 'a page token of its own making',
    make: () => people.call('listRuns', { pageSize: 1, pageToken: 'made-up' }),
    code: 'INVALID_ARGUMENT',
    field: 'page_token',
    says: /page token|page_token/,
  },
  {
    title: 'events before the first',
    make: () => watch('any', -1),
    code: 'INVALID_ARGUMENT',
    field: 'after_sequence',
    says: /found -1/,
  },
];

const lease = { run: 'nobody', task: 'alone', fence: 1, worker: 'w' };
const byWorkers: BadCall[] = [
  {
    title: 'a worker without a name',
    make: () =>
      workers.call('registerWorker', {
        worker: { name: '', kind: 'trainer', address: 'unix:/x', device: 'cpu', memoryBytes: 0, labels: {} },
      }),
    code: 'INVALID_ARGUMENT',
    field: 'worker.name',
    says: /is required/,
  },
  {
    title: 'a worker that nobody can reach',
    make: () =>
      workers.call('registerWorker', {
        worker: { name: 'w', kind: 'trainer', address: '', device: 'cpu', memoryBytes: 0, labels: {} },
      }),
    code: 'INVALID_ARGUMENT',
    field: 'worker.address',
    says: /is required/,
  },
  {
    title: 'a worker that never registered',
    make: () => workers.call('leaseTask', { worker: 'stranger', waitMs: 0 }),
    code: 'ABORTED',
    says: /stranger/,
  },
  ...[-1, 60_001].map(
    (waitMs) =>
      ({
        title: `a wait of ${waitMs} ms`,
        make: () => workers.call('leaseTask', { worker: 'w', waitMs }),
        code: 'INVALID_ARGUMENT',
        field: 'wait_ms',
        says: /0 to 60000/,
      }) as const,
  ),
  {
    title: 'a report on a run that is not there',
    make: () =>
      workers.call('reportTask', {
        ...lease,
        step: 0,
        stepCount: 1,
        metrics: [],
        message: '',
        artifacts: {},
      }),
    code: 'NOT_FOUND',
    field: 'run',
    says: /no run "nobody"/,
  },
  {
    title: 'a report under a lease that is lost',
    make: async () => {
      const { run } = await create(recipe);
      try {
        await workers.call('reportTask', {
          ...lease,
          run: run?.name ?? '',
          step: 0,
          stepCount: 1,
          metrics: [],
          message: '',
          artifacts: {},
        });
      } finally {
        await people.call('cancelRun', { name: run?.name ?? '' });
      }
    },
    code: 'ABORTED',
    says: /the lease of task "alone".* is lost/,
  },
  {
    title: 'the end of a task that another worker has',
    make: async () => {
      const { run } = await create(recipe);
      try {
        await workers.call('completeTask', {
          ...lease,
          run: run?.name ?? '',
          results: {},
          artifacts: {},
          error: undefined,
        });
      } finally {
        await people.call('cancelRun', { name: run?.name ?? '' });
      }
    },
    code: 'ABORTED',
    says: /the lease of task "alone".* is lost/,
  },
];

refuses(
  'an orchestrator, given a recipe,',
  subject,
  recipes.map(({ text, ...expected }) => ({ ...expected, make: () => create(text()) })),
);
refuses('an orchestrator', subject, [...unknownRun, ...requests]);
refuses('an orchestrator, by its workers,', subject, byWorkers);

describe('an orchestrator', () => {
  it('names every problem of a recipe at once', async () => {
    const text = changed('plain-cnn-8', 'plan-cnn-8')
      .replace('loss: kd', 'loss: kdd')
      .replace('stage: alone', 'stage: later');
    const error = await create(text).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      violations: [
        { field: expect.stringContaining('spec.models.student.architecture') as string },
        { field: expect.stringContaining('spec.stages[1].teachers[0].stage') as string },
        { field: expect.stringContaining('spec.stages[1].losses[0].loss') as string },
      ],
    });
  });

  it('answers the same request with the same run', async () => {
    const id = randomUUID();
    const [first, second] = [await create(recipe, id), await create(recipe, id)];
    expect(second.run?.name).toBe(first.run?.name);
    await people.call('cancelRun', { name: first.run?.name ?? '' });
  });

  it('cancels twice without harm', async () => {
    const { run } = await create(recipe);
    const name = run?.name ?? '';
    const states = [await people.call('cancelRun', { name }), await people.call('cancelRun', { name })];
    expect(states[1].run?.state).toBe(states[0].run?.state);
  });
});
