import { CheckpointStore } from '@lyceum/artifacts';
import { LyceumError } from '@lyceum/errors';
import { checkpointPrefix, peerKeysKey, type TrainTask } from '@lyceum/recipes';
import { record, StepTraces } from '@lyceum/telemetry';
import { decodeSafetensors, encodeSafetensors, type HostTensor } from '@lyceum/tensor';
import { createHash } from 'node:crypto';
import { BatchNames } from './batch-names.js';
import { finishTraining } from './finish-training.js';
import { KeyStreams } from './key-streams.js';
import { knownTeachers, type KnownTeachers } from './known-teachers.js';
import { unpackHistory } from './peer-history.js';
import { PeerLinks } from './peer-links.js';
import { patiently } from './patiently.js';
import { readConstants } from './read-constants.js';
import { RemoteLosses } from './remote-losses.js';
import { fenceOf, lossAddress, type TaskContext, type TaskOutcome } from './task-context.js';
import { withSelectedTaps } from './with-selected-taps.js';
import type { Prepared, StepNumbers } from './worker/compute-api.js';

/** How many checkpoints are kept; a damaged newest one falls back to the one before. */
const checkpointsKept = 3;

/** Trains one student from its last checkpoint, or from the start, to its end. */
export async function runTrainTask(task: TrainTask, context: TaskContext): Promise<TaskOutcome> {
  return new TrainRun(task, context).run();
}

class TrainRun {
  private readonly remote: RemoteLosses;
  private readonly checkpoints: CheckpointStore;
  private streams: KeyStreams | undefined;
  private links: PeerLinks | undefined;
  private savedSteps: number[] = [];
  private teachers: KnownTeachers | undefined;
  private readonly traces: StepTraces;

  constructor(
    private readonly task: TrainTask,
    private readonly context: TaskContext,
  ) {
    this.traces = new StepTraces('trainer.step', { 'lyceum.run': context.run, 'lyceum.task': task.task });
    this.remote = new RemoteLosses(task, (via) => lossAddress(context, via), this.traces);
    this.checkpoints = new CheckpointStore(context.artifacts, this.key(checkpointPrefix(task.task)), {
      keep: checkpointsKept,
      fence: fenceOf(context, task.task),
      onDamaged: (key, error) =>
        context.notice(`checkpoint ${key} is damaged, going on from the one before: ${error.message}`),
    });
  }

  private key(name: string): string {
    return `${this.context.run}/${name}`;
  }

  async run(): Promise<TaskOutcome> {
    const { compute, progress, hub } = this.context;
    try {
      const prepared = await this.prepare();
      const firstStep = await this.restore(prepared);
      progress.training(firstStep, prepared.stepCount);
      this.openStreams(prepared, firstStep);
      await this.train(firstStep, prepared.stepCount);
      await this.leaveKeys();
      progress.evaluating();
      return await finishTraining(this.task, this.context, {
        prepared,
        receivedBytes: this.streams?.receivedBytes ?? 0,
        teacherDigests: this.teachers?.digests ?? {},
      });
    } finally {
      this.traces.endAll();
      this.streams?.close();
      this.links?.close();
      this.remote.close();
      hub.close();
      compute.handlers = {};
    }
  }

  private async prepare(): Promise<Prepared> {
    const { compute, artifacts } = this.context;
    const task = await withSelectedTaps(this.task, this.context);
    const [constants, teachers, remoteLosses] = await Promise.all([
      readConstants(task, this.context),
      knownTeachers(task.teachers, this.context),
      patiently(this.context, () => this.remote.describe()),
    ]);
    this.teachers = teachers;
    const initWeights = task.init && (await artifacts.get(this.key(task.init.weights)));
    const open = this.remote.handlers['loss.open'];
    compute.handlers = {
      ...compute.handlers,
      ...this.remote.handlers,
      'loss.open': (request) => patiently(this.context, () => open(request)),
      'peer.exchange': ({ step, tensors }) => this.traces.run(step, () => this.exchange(step, tensors)),
    };
    const given = { task, teacherTaps: teachers.taps, remoteLosses, constants };
    return compute.api.prepare({ ...given, ...(initWeights ? { initWeights } : {}) });
  }

  private async restore(prepared: Prepared): Promise<number> {
    const { hub, compute, run, progress, notice } = this.context;
    const latest = await this.checkpoints.latest();
    const restored = latest && (await compute.api.restore(latest.bytes));
    const firstStep = restored?.nextStep ?? 0;
    if (restored) {
      notice(`goes on at step ${firstStep} of ${prepared.stepCount} from its checkpoint`);
      progress.checkpointed(firstStep, checkpointPrefix(this.task.task));
      this.savedSteps = [firstStep];
    }
    const { self, stage } = this.task;
    if (self !== undefined) {
      const opened = { run, stage, self, agreement: this.agreement(prepared) };
      hub.open(opened, firstStep);
      if (restored) hub.recall(restored.peerKeys);
      const { addressOf, patienceMs, signal } = this.context;
      const address = (peer: string) => addressOf(`peer:${peer}`);
      this.links = new PeerLinks({
        stage: opened,
        peers: this.task.peers,
        address,
        hub,
        keysLeftBy: (peer) => this.keysLeftBy(`${stage}/${peer}`),
        patienceMs,
        signal,
        notice,
      });
    }
    return firstStep;
  }

  /** What peers must have in common: the same samples in the same order in the same views. */
  private agreement(prepared: Prepared): string {
    const { data, training } = this.task;
    const order = [
      prepared.dataDigest,
      prepared.stepCount,
      training.batchSize,
      data.augmentation,
      data.views,
    ];
    return createHash('sha256')
      .update(JSON.stringify([...order, this.task.dataSeed]))
      .digest('hex')
      .slice(0, 16);
  }

  private openStreams(prepared: Prepared, firstStep: number): void {
    const { task, traces } = this;
    const names = new BatchNames(task, prepared.sampleCount);
    const { stepCount } = prepared;
    this.streams = new KeyStreams(
      { task, requested: prepared, names, firstStep, stepCount, traces },
      this.context,
    );
  }

  /** A peer that dies from here on asks again for steps that nobody will be there to answer. */
  private async leaveKeys(): Promise<void> {
    const { hub, artifacts } = this.context;
    const { self, task } = this.task;
    if (self === undefined) return;
    const fence = fenceOf(this.context, task);
    await artifacts.put(this.key(peerKeysKey(task)), encodeSafetensors(hub.history()), { fence });
  }

  private async keysLeftBy(task: string): Promise<ReadonlyMap<number, HostTensor[]> | undefined> {
    const { artifacts } = this.context;
    const key = this.key(peerKeysKey(task));
    if ((await artifacts.head(key)) === undefined) return undefined;
    return unpackHistory(decodeSafetensors(await artifacts.get(key), key).tensors);
  }

  /** Steps, one in compute and the next already handed over, so that the worker never waits for this thread. */
  private async train(firstStep: number, stepCount: number): Promise<void> {
    const { progress } = this.context;
    let lastSave = Date.now();
    let running: Promise<StepNumbers> | undefined;
    for (let step = firstStep; step < stepCount; step += 1) {
      this.requireRunning();
      const keys = (await this.streams?.keysOf(step)) ?? {};
      const before = running;
      running = this.traces.run(step, () => this.context.compute.api.step(step, keys));
      // A failure is reported where it is awaited, one turn later.
      running.catch(() => undefined);
      if (before !== undefined) this.stepped(await before);
      if (progress.checkpointWanted || Date.now() - lastSave >= this.task.training.checkpointSeconds * 1000) {
        this.stepped(await running);
        running = undefined;
        await this.save(step + 1);
        lastSave = Date.now();
      }
    }
    if (running !== undefined) this.stepped(await running);
  }

  private exchange(step: number, tensors: HostTensor[]): Promise<Record<string, HostTensor[]>> {
    if (this.links === undefined) throw new LyceumError('INTERNAL', 'there are no peers to exchange with');
    return this.links.exchange(step, tensors);
  }

  private stepped(numbers: StepNumbers): void {
    this.context.progress.stepped(numbers, this.streams?.receivedBytes ?? 0);
    this.traces.end(numbers.step);
    this.measure(numbers);
  }

  private measure({ busyMs, waitMs, sampleCount, loss, accuracy }: StepNumbers): void {
    const task = { 'lyceum.task': this.task.task };
    record('lyceum.trainer.step.duration', busyMs / 1000, task);
    record('lyceum.trainer.wait.duration', waitMs / 1000, task);
    record('lyceum.trainer.samples', sampleCount, task);
    record('lyceum.trainer.loss', loss, task);
    record('lyceum.trainer.accuracy', accuracy, task);
  }

  private async save(nextStep: number): Promise<void> {
    const { compute, hub, progress } = this.context;
    const bytes = await compute.api.checkpoint(hub.history());
    try {
      await this.checkpoints.save(nextStep, bytes);
    } catch (caught) {
      const error = LyceumError.from(caught);
      // Training can go on without this checkpoint: the last good one stays.
      if (error.reason !== 'DISK_FULL') throw error;
      progress.checkpointFailed(error);
      this.context.notice(
        `checkpoint at step ${nextStep} was not written: ${error.message}; the last good one is kept`,
      );
      return;
    }
    progress.checkpointed(nextStep, checkpointPrefix(this.task.task));
    this.savedSteps = [...this.savedSteps, nextStep].slice(-checkpointsKept);
    // Until there are that many, a peer that is a step behind, or starts over, may ask for the very first.
    if (this.savedSteps.length === checkpointsKept) hub.forgetBefore(this.savedSteps[0]);
  }

  private requireRunning(): void {
    if (this.context.signal.aborted)
      throw new LyceumError('CANCELLED', `task "${this.task.task}" was stopped`);
  }
}
