import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { startLoss, startOrchestrator, startTeacher, startTrainer } from '../processes/fleet.js';
import { fileScope } from '../processes/scope.js';
import { Grpcurl, provideGrpcurl } from '../tools/grpcurl.js';

const tool = await provideGrpcurl();
const scope = fileScope();
let teacher: Grpcurl;
let loss: Grpcurl;
let orchestrator: Grpcurl;
let trainer: Grpcurl;

const everywhere = [
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
];

describe.skipIf(tool.missing !== undefined)('grpcurl', () => {
  beforeAll(async () => {
    if (tool.missing !== undefined) return;
    const [teaching, losing, orchestrating] = await Promise.all([
      startTeacher(scope, { address: '127.0.0.1:0' }),
      startLoss(scope),
      startOrchestrator(scope, { trainers: 0, address: '127.0.0.1:0' }),
    ]);
    const training = await startTrainer(scope, orchestrating, { args: ['--worker-name', 'real'] });
    teacher = new Grpcurl(tool, teaching.address);
    loss = new Grpcurl(tool, losing.address);
    orchestrator = new Grpcurl(tool, orchestrating.address);
    trainer = new Grpcurl(tool, training.address);
  });

  const servers: [string, () => Grpcurl, string[]][] = [
    ['a teacher', () => teacher, ['lyceum.teacher.v1.TeacherService']],
    ['a loss service', () => loss, ['lyceum.loss.v1.LossService']],
    [
      'an orchestrator',
      () => orchestrator,
      ['lyceum.orchestrator.v1.OrchestratorService', 'lyceum.orchestrator.v1.WorkerService'],
    ],
    ['a trainer', () => trainer, ['lyceum.peer.v1.PeerService', 'lyceum.trainer.v1.TrainerService']],
  ];

  it.each(servers)('lists and describes every service of %s', async (_, server, own) => {
    const listed = (await server().ask('list')).trim().split('\n');
    for (const service of own) expect(listed).toContain(service);
    expect(listed.filter((service) => !own.includes(service) && !everywhere.includes(service))).toEqual([]);
    for (const service of own) {
      const text = await server().ask('describe', service);
      const methods = (await server().ask('list', service)).trim().split('\n');
      expect(methods.length).toBeGreaterThan(0);
      for (const method of methods) {
        const [name] = method.split('.').slice(-1);
        expect(text).toContain(`rpc ${name} (`);
        // What goes in can be read off the server too.
        const [, request] = new RegExp(`rpc ${name} \\( (?:stream )?\\.?([\\w.]+)`).exec(text) ?? [];
        expect(await server().ask('describe', request)).toContain(`message ${request.split('.').at(-1)} {`);
      }
    }
  });

  it.each(servers)('reads the health of %s and of its services', async (_, server, own) => {
    for (const service of ['', ...own]) {
      expect(await server().call('grpc.health.v1.Health/Check', { service })).toEqual([
        { status: 'SERVING' },
      ]);
    }
  });

  it('describes maps and optional fields as they are', async () => {
    expect(await teacher.ask('describe', 'lyceum.teacher.v1.KeySpec')).toContain(
      'map<string, string> teacher_taps',
    );
    expect(await loss.ask('describe', 'lyceum.loss.v1.LossParameter')).toContain('optional double minimum');
  });

  it('asks a teacher', async () => {
    const service = 'lyceum.teacher.v1.TeacherService';
    const [{ teachers }] = await teacher.call(`${service}/ListTeachers`, {});
    expect(teachers).toMatchObject([
      { name: 'tiny', architecture: 'plain-cnn-8', inputShape: ['28', '28', '1'] },
    ]);
    expect(await teacher.call(`${service}/GetTeacher`, { name: '' })).toMatchObject([
      { teacher: { classCount: 10 } },
    ]);

    const open = {
      keys: [{ id: 'kd', loss: 'kd', params: { temperature: 2 } }],
      taps: ['logits'],
      data: { name: 'synthetic:28x28x1/10', trainLimit: 20 },
      dtype: 'DATA_TYPE_FP16',
    };
    const batch = (sequence: number, indices: number[]) => ({ batch: { sequence, samples: { indices } } });
    const [{ opened }, ...keys] = await teacher.call(
      `${service}/Distill`,
      { open },
      batch(1, [0, 7]),
      batch(2, [99]),
      batch(3, [7]),
    );
    expect(opened).toMatchObject({
      window: 64,
      maxBatchSize: 1024,
      tensors: [{ name: 'logits', shape: ['1', '10'] }, { name: 'kd/logits' }],
    });
    expect(keys).toMatchObject([
      {
        keys: {
          sequence: '1',
          last: true,
          tensors: [{ name: 'logits', dtype: 'DATA_TYPE_FP16', shape: ['2', '10'] }, { name: 'kd/logits' }],
        },
      },
      {
        keys: {
          sequence: '2',
          last: true,
          error: { code: 11, message: expect.stringContaining('must be 0 to 19, found 99') as string },
        },
      },
      { keys: { sequence: '3', last: true, tensors: [{ shape: ['1', '10'] }, {}] } },
    ]);
    const bytes = (answer: unknown) =>
      Buffer.from((answer as { keys: { tensors: { data: string }[] } }).keys.tensors[0].data, 'base64');
    expect(bytes(keys[2])).toEqual(bytes(keys[0]).subarray(20));
  });

  it('applies a loss', async () => {
    const service = 'lyceum.loss.v1.LossService';
    const [{ losses }] = await loss.call(`${service}/ListLosses`, { pageSize: 3 });
    expect(losses).toHaveLength(3);
    expect(await loss.call(`${service}/GetLoss`, { name: 'kd' })).toMatchObject([
      { loss: { parameters: [{ name: 'temperature', defaultValue: 4 }, {}, {}, {}] } },
    ]);

    const logits = (...values: number[]) => ({
      name: 'logits',
      dtype: 'DATA_TYPE_FP32',
      shape: [1, 2],
      data: Buffer.from(Float32Array.from(values).buffer).toString('base64'),
    });
    const shapes = { logits: { shape: [2] } };
    const open = { loss: 'kd', params: { temperature: 1 }, studentShapes: shapes, teacherShapes: shapes };
    const [, { result }, { state }] = await loss.call(
      `${service}/Apply`,
      { sequence: 1, open },
      { sequence: 2, step: { student: [logits(0, 0)], keys: [logits(0, Math.log(3))] } },
      { sequence: 3, snapshot: {} },
    );
    // KL((1/4, 3/4) || (1/2, 1/2)), and its derivative q - p.
    const { value, gradients } = result as { value: number; gradients: { data: string }[] };
    expect(value).toBeCloseTo(0.25 * Math.log(0.5) + 0.75 * Math.log(1.5), 6);
    const bytes = Buffer.from(gradients[0].data, 'base64');
    expect(bytes.readFloatLE(0)).toBeCloseTo(0.25, 6);
    expect(bytes.readFloatLE(4)).toBeCloseTo(-0.25, 6);
    expect(state).toEqual({ last: true });
  });

  const recipe = {
    apiVersion: 'lyceum.dev/v1alpha1',
    kind: 'Distillation',
    metadata: { name: 'foreign' },
    spec: {
      data: { name: 'synthetic:28x28x1/10', trainLimit: 64, testLimit: 20 },
      models: { student: { architecture: 'plain-cnn-8' } },
      training: { epochs: 1 },
      stages: [
        {
          name: 'mutual',
          kind: 'co-train',
          peers: [
            { name: 'a', model: 'student' },
            { name: 'b', model: 'student' },
          ],
          losses: [{ loss: 'dml' }],
        },
      ],
    },
  };

  it('steers runs, works as a worker, and learns with a trainer as its peer', async () => {
    const people = 'lyceum.orchestrator.v1.OrchestratorService';
    const workers = 'lyceum.orchestrator.v1.WorkerService';
    const worker = { name: 'foreign', kind: 'trainer', address: 'unix:/nowhere' };
    expect(await orchestrator.call(`${workers}/RegisterWorker`, { worker })).toMatchObject([
      { heartbeatIntervalMs: 1000 },
    ]);
    const [created] = await orchestrator.call(`${people}/CreateRun`, {
      requestId: randomUUID(),
      recipe: JSON.stringify(recipe),
    });
    const run = (created.run as { name: string }).name;

    const [{ lease }] = await orchestrator.call(`${workers}/LeaseTask`, {
      worker: 'foreign',
      waitMs: 20_000,
    });
    const { task, fence, spec } = lease as { task: string; fence: string; spec: { kind: string } };
    expect(task).toMatch(/^mutual\/[ab]$/);
    expect(spec).toMatchObject({ kind: 'train', stage: 'mutual', losses: [{ loss: 'dml' }] });

    const agreement = await agreementOf(run);
    const [{ opened }, { keys }] = await trainer.call(
      'lyceum.peer.v1.PeerService/Exchange',
      { open: { stage: { run, stage: 'mutual' }, peer: 'foreign', agreement } },
      { step: { step: 0 } },
    );
    expect(opened).toMatchObject({ peer: task === 'mutual/a' ? 'b' : 'a' });
    expect(keys).toMatchObject({ tensors: [{ name: 'dml/logits', shape: ['64', '10'] }] });

    expect(await trainer.call('lyceum.trainer.v1.TrainerService/GetTask', {})).toMatchObject([
      { task: { run, stage: 'mutual' } },
    ]);
    expect(
      await orchestrator.call(`${workers}/ReportTask`, {
        worker: 'foreign',
        run,
        task,
        fence,
        message: 'hello',
      }),
    ).toHaveLength(1);
    await orchestrator.call(`${workers}/CompleteTask`, {
      worker: 'foreign',
      run,
      task,
      fence,
      error: { code: 3, message: 'I only play' },
    });

    const events = await orchestrator.call(`${people}/WatchRun`, { name: run });
    const kinds = events.map(({ event }) => (event as { kind: string }).kind);
    expect(kinds[0]).toBe('run.created');
    expect(kinds.at(-1)).toBe('run.ended');
    expect(events.map(({ event }) => (event as { message: string }).message)).toContain('hello');
    expect(events.at(-1)).toMatchObject({ state: 'STATE_FAILED' });
    expect(await orchestrator.call(`${people}/GetRun`, { name: run })).toMatchObject([
      { run: { error: { message: 'I only play' } } },
    ]);
    expect(await orchestrator.call(`${people}/ListRuns`, {})).toMatchObject([
      { runs: [{ name: run, state: 'STATE_FAILED' }] },
    ]);
    expect(await orchestrator.call(`${people}/CancelRun`, { name: run })).toMatchObject([
      { run: { state: 'STATE_FAILED' } },
    ]);
  });

  it('watches the steps of a trainer, and is refused a checkpoint of an idle one', async () => {
    await untilIdle();
    expect(await trainer.call('lyceum.trainer.v1.TrainerService/WatchSteps', { everyStepCount: 1 })).toEqual(
      [],
    );
    const { code, stderr } = await trainer.tryCall('lyceum.trainer.v1.TrainerService/SaveCheckpoint', {});
    expect(code).not.toBe(0);
    expect(stderr).toContain('Code: FailedPrecondition');
  });

  it('shows the field and the reason of a refusal in words', async () => {
    const bad = await teacher.tryCall('lyceum.teacher.v1.TeacherService/Distill', {
      open: { taps: ['logits'], window: -1 },
    });
    expect(bad.code).toBe(64 + 3);
    expect(bad.stderr).toContain('Code: InvalidArgument');
    expect(bad.stderr).toContain('google.rpc.BadRequest');
    expect(bad.stderr).toMatch(/"field": "open\.window"/);
    expect(bad.stderr).toMatch(/"reason": "INVALID_FIELD"/);

    const unknown = await loss.tryCall('lyceum.loss.v1.LossService/GetLoss', { name: 'kdd' });
    expect(unknown.stderr).toContain('Code: NotFound');
    expect(unknown.stderr).toContain('did you mean "kd"');
    expect(unknown.stderr).toMatch(/"resourceType": "loss"/);
  });

  async function agreementOf(run: string): Promise<string> {
    const open = { stage: { run, stage: 'mutual' }, peer: 'foreign', agreement: 'none' };
    for (const until = Date.now() + 30_000; Date.now() < until; await pause(200)) {
      const { stderr } = await trainer.tryCall('lyceum.peer.v1.PeerService/Exchange', { open });
      const found = /here "([0-9a-f]+)"/.exec(stderr);
      if (found !== null) return found[1];
      expect(stderr).toContain('Code: Unavailable');
    }
    throw new Error('the trainer did not begin');
  }

  async function untilIdle(): Promise<void> {
    for (const until = Date.now() + 20_000; Date.now() < until; await pause(200)) {
      const [{ task }] = await trainer.call('lyceum.trainer.v1.TrainerService/GetTask', {});
      if ((task as { task?: string }).task === undefined) return;
    }
    throw new Error('the trainer did not stop');
  }
});
