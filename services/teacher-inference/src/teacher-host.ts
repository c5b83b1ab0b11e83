import { startWorker, type EngineInfo, type RunningWorker } from '@lyceum/engine';
import { LyceumError, unknownName } from '@lyceum/errors';
import { record } from '@lyceum/telemetry';
import type { HostTensor } from '@lyceum/tensor';
import { AnswerStore } from './answer-store.js';
import type { DiskKeys } from './disk/disk-keys.js';
import { startDiskKeys } from './disk/start-disk-keys.js';
import { Fellowship } from './fellowship.js';
import { batchNameOf, hostedPlan, type HostedPlan } from './hosted-plan.js';
import { KeyCache } from './key-cache.js';
import { MemoryBudget } from './memory-budget.js';
import { PassQueue, type PassInfo } from './pass-queue.js';
import type {
  BatchContent,
  InferenceApi,
  LoadedTeacher,
  Plan,
  PlanAnswer,
  SampleBatch,
} from './worker/inference-api.js';

export interface TeacherHostOptions {
  readonly backend: string;
  readonly threadCount: number;
  /** Packages of losses whose keys it computes. */
  readonly lossPackages: readonly string[];
  readonly cacheBytes: number;
  /** Folder for keys that outlive this process; empty: none. */
  readonly cacheFolder: string;
  readonly cacheFolderBytes: number;
  /** Called with a line for the operator when keys can no longer be kept. */
  readonly warn: (message: string) => void;
  readonly onExit: (error: LyceumError) => void;
}

/** Where an answer comes from: a forward pass of its own, one that runs for another stream, memory, or disk. */
export type AnswerSource = 'own-pass' | 'joined-pass' | 'memory' | 'disk';

export interface Answer {
  readonly tensors: readonly HostTensor[];
  readonly source: AnswerSource;
}

/** Whether an answer was computed before it was asked for. */
export function wasKnown(source: AnswerSource): boolean {
  return source === 'memory' || source === 'disk';
}

/** What was done since the start. */
export type AnswerCounts = Record<AnswerSource | 'passes', number>;

/**
 * The served teachers. They compute in a thread of their own, a batch once for all streams that ask for it; answers
 * that were given before, or that other streams are about to ask for, are in memory, and on disk those that are worth it.
 */
export class TeacherHost {
  readonly teachers = new Map<string, LoadedTeacher>();
  readonly counts: AnswerCounts = { passes: 0, 'own-pass': 0, 'joined-pass': 0, memory: 0, disk: 0 };
  private readonly plans = new Set<HostedPlan>();
  private readonly fellowships = new Map<string, Fellowship<HostedPlan>>();
  private readonly passes: PassQueue<HostedPlan>;
  private readonly cache: KeyCache;
  private readonly store: AnswerStore;

  private constructor(
    private readonly worker: RunningWorker<InferenceApi>,
    readonly engine: EngineInfo,
    cacheBytes: number,
    private readonly disk: DiskKeys | undefined,
  ) {
    const budget = new MemoryBudget(cacheBytes);
    this.cache = new KeyCache(budget);
    this.store = new AnswerStore(budget);
    this.passes = new PassQueue({
      run: (plans, content) => this.run(plans, content),
      fellowsOf: (pass) => this.fellowsOf(pass),
      keep: (pass, fellows, answers) => this.keep(pass, fellows, answers),
    });
  }

  static async start(options: TeacherHostOptions): Promise<TeacherHost> {
    const { backend, threadCount, lossPackages, cacheBytes, onExit } = options;
    const worker = await startWorker<InferenceApi>(new URL('./worker/inference.js', import.meta.url), {
      workerData: { backend, lossPackages, ...(threadCount > 0 ? { threads: threadCount } : {}) },
    });
    worker.ended.catch((error: LyceumError) => onExit(error));
    const engine = await worker.api.engine();
    return new TeacherHost(worker, engine, cacheBytes, await startDiskKeys(options, engine));
  }

  async load(name: string, weights: Uint8Array): Promise<LoadedTeacher> {
    const teacher = await this.worker.api.load(name, weights);
    this.teachers.set(name, teacher);
    return teacher;
  }

  /** A teacher by name; the only one when no name is given. */
  find(name: string): LoadedTeacher {
    const only = name === '' && this.teachers.size === 1 ? [...this.teachers.values()][0] : undefined;
    const teacher = only ?? this.teachers.get(name);
    if (teacher === undefined) throw unknownName('teacher', name, this.teachers.keys());
    return teacher;
  }

  async open(plan: Plan): Promise<HostedPlan> {
    const teacher = this.find(plan.teacher);
    const opened = await this.worker.api.open({ ...plan, teacher: teacher.name });
    const hosted = hostedPlan(plan, opened, teacher);
    this.plans.add(hosted);
    if (hosted.group !== '') {
      const fellowship = this.fellowships.get(hosted.group) ?? new Fellowship();
      this.fellowships.set(hosted.group, fellowship);
      fellowship.join(hosted);
    }
    return hosted;
  }

  /** The keys and taps of a batch. */
  async answer(plan: HostedPlan, content: BatchContent): Promise<Answer> {
    const kept = this.disk && (await this.fromDisk(this.disk, plan, content));
    if (!this.plans.has(plan))
      throw new LyceumError('CANCELLED', 'the stream ended before its batch was answered');
    const [source, answer] = kept === undefined ? this.findAnswer(plan, content) : ['disk' as const, kept];
    const tensors = await answer;
    this.counts[source] += 1;
    return { tensors, source };
  }

  /** What memory lacks and the disk has; it is in memory then. */
  private async fromDisk(
    disk: DiskKeys,
    plan: HostedPlan,
    content: BatchContent,
  ): Promise<readonly HostTensor[] | undefined> {
    if (!plan.isKept || content.kind !== 'samples') return undefined;
    const slab = slabName(plan, content);
    if (this.cache.has(slab, content.indices)) return undefined;
    const found = await disk.get(plan, content);
    if (found === undefined || !this.plans.has(plan)) return undefined;
    this.cache.put(slab, plan.opened.sampleCount, content.indices, found);
    this.fellowships.get(plan.group)?.asks(plan, batchNameOf(plan, content), true);
    return found;
  }

  private findAnswer(
    plan: HostedPlan,
    content: BatchContent,
  ): [AnswerSource, readonly HostTensor[] | Promise<readonly HostTensor[]>] {
    if (content.kind !== 'samples') return ['own-pass', this.passes.ask(plan, content).then(tensorsOf)];
    const batch = batchNameOf(plan, content);
    const known = this.recall(plan, batch, content);
    const joined = known === undefined ? this.passes.join(plan, batch) : undefined;
    this.fellowships.get(plan.group)?.asks(plan, batch, (known ?? joined) !== undefined);
    if (known !== undefined) return ['memory', known];
    if (joined !== undefined) return ['joined-pass', joined.then(tensorsOf)];
    return ['own-pass', this.passes.ask(plan, content, batch).then(tensorsOf)];
  }

  async close(plan: HostedPlan): Promise<void> {
    this.plans.delete(plan);
    this.passes.drop(plan);
    const fellowship = this.fellowships.get(plan.group);
    fellowship?.leave(plan);
    if (fellowship?.size === 0) this.fellowships.delete(plan.group);
    await this.worker.api.close(plan.opened.id);
  }

  async stop(): Promise<void> {
    await Promise.all([this.disk?.stop(), this.worker.terminate()]);
  }

  private async run(plans: readonly HostedPlan[], content: BatchContent): Promise<PlanAnswer[]> {
    this.counts.passes += 1;
    record('lyceum.teacher.passes', 1, { 'lyceum.teacher': plans[0].teacher.name });
    return this.worker.api.run(
      plans.map(({ opened }) => opened.id),
      content,
    );
  }

  private fellowsOf({ askers, batch, content }: PassInfo<HostedPlan>): HostedPlan[] {
    const [{ group }] = askers;
    const isKnown = (plan: HostedPlan) =>
      content.kind === 'samples' &&
      (this.store.has(answerName(plan, batch)) ||
        this.cache.has(slabName(plan, content), content.indices) ||
        this.disk?.has(plan, content) === true);
    return this.fellowships.get(group)?.followers(askers, batch, isKnown) ?? [];
  }

  private recall(plan: HostedPlan, batch: string, content: SampleBatch): readonly HostTensor[] | undefined {
    const slab = plan.bySample ? this.cache.get(slabName(plan, content), content.indices) : undefined;
    return slab ?? this.store.take(answerName(plan, batch));
  }

  /** Keeps what belongs to samples for all, on disk too where it is worth it, and the rest for those who have not asked yet. */
  private keep(
    { askers, batch, content }: PassInfo<HostedPlan>,
    fellows: readonly HostedPlan[],
    answers: ReadonlyMap<string, PlanAnswer>,
  ): Promise<unknown> | undefined {
    if (content.kind !== 'samples') return undefined;
    const toAsk = fellows.filter((fellow) => !askers.has(fellow));
    const all = [...askers, ...fellows];
    const plans = new Map(all.map((plan) => [plan.content, plan]));
    // Of plans with the same answers one may be worth keeping, and another not.
    const kept = new Map(all.filter(({ isKept }) => isKept).map((plan) => [plan.content, plan]));
    const writing: Promise<void>[] = [];
    for (const plan of plans.values()) {
      const tensors = answers.get(plan.content)?.tensors;
      if (tensors === undefined) continue;
      const worthKeeping = kept.get(plan.content);
      if (this.disk && worthKeeping) writing.push(this.disk.put(worthKeeping, content, tensors));
      const { sampleCount } = plan.opened;
      if (plan.bySample && this.cache.put(slabName(plan, content), sampleCount, content.indices, tensors))
        continue;
      const waiting = toAsk.filter(
        (fellow) => fellow.content === plan.content && this.fellowships.get(fellow.group)?.has(fellow),
      );
      if (waiting.length > 0) this.store.put(answerName(plan, batch), tensors, waiting.length);
    }
    return writing.length === 0 ? undefined : Promise.all(writing);
  }
}

function slabName({ content, sameInEveryView }: HostedPlan, { view }: SampleBatch): string {
  return sameInEveryView ? content : `${content} ${view}`;
}

function answerName({ content }: HostedPlan, batch: string): string {
  return `${content} ${batch}`;
}

function tensorsOf({ tensors, error }: PlanAnswer): readonly HostTensor[] {
  if (error !== undefined) throw LyceumError.fromRecord(error);
  return tensors;
}
