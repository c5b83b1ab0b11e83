import { startWorker, type EngineInfo, type RunningWorker } from '@lyceum/engine';
import { LyceumError, unknownName } from '@lyceum/errors';
import { record } from '@lyceum/telemetry';
import type { HostTensor } from '@lyceum/tensor';
import { AnswerStore } from './answer-store.js';
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
  readonly onExit: (error: LyceumError) => void;
}

/** Where an answer comes from: a forward pass of its own, one that runs for another stream, or memory. */
export type AnswerSource = 'own-pass' | 'joined-pass' | 'memory';

export interface Answer {
  readonly tensors: readonly HostTensor[];
  readonly source: AnswerSource;
}

/** What was done since the start. */
export type AnswerCounts = Record<AnswerSource | 'passes', number>;

/**
 * The served teachers. They compute in a thread of their own, a batch once for all streams that ask for it; answers
 * that were given before, or that other streams are about to ask for, are in memory.
 */
export class TeacherHost {
  readonly teachers = new Map<string, LoadedTeacher>();
  readonly counts: AnswerCounts = { passes: 0, 'own-pass': 0, 'joined-pass': 0, memory: 0 };
  private readonly fellowships = new Map<string, Fellowship<HostedPlan>>();
  private readonly passes: PassQueue<HostedPlan>;
  private readonly cache: KeyCache;
  private readonly store: AnswerStore;

  private constructor(
    private readonly worker: RunningWorker<InferenceApi>,
    readonly engine: EngineInfo,
    cacheBytes: number,
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

  static async start({
    backend,
    threadCount,
    lossPackages,
    cacheBytes,
    onExit,
  }: TeacherHostOptions): Promise<TeacherHost> {
    const worker = await startWorker<InferenceApi>(new URL('./worker/inference.js', import.meta.url), {
      workerData: { backend, lossPackages, ...(threadCount > 0 ? { threads: threadCount } : {}) },
    });
    worker.ended.catch((error: LyceumError) => onExit(error));
    return new TeacherHost(worker, await worker.api.engine(), cacheBytes);
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
    if (hosted.group !== '') {
      const fellowship = this.fellowships.get(hosted.group) ?? new Fellowship();
      this.fellowships.set(hosted.group, fellowship);
      fellowship.join(hosted);
    }
    return hosted;
  }

  /** The keys and taps of a batch. */
  async answer(plan: HostedPlan, content: BatchContent): Promise<Answer> {
    const [source, answer] = this.findAnswer(plan, content);
    const tensors = await answer;
    this.counts[source] += 1;
    return { tensors, source };
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
    this.passes.drop(plan);
    const fellowship = this.fellowships.get(plan.group);
    fellowship?.leave(plan);
    if (fellowship?.size === 0) this.fellowships.delete(plan.group);
    await this.worker.api.close(plan.opened.id);
  }

  stop(): Promise<void> {
    return this.worker.terminate();
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
      (this.store.has(answerName(plan, batch)) || this.cache.has(slabName(plan, content), content.indices));
    return this.fellowships.get(group)?.followers(askers, batch, isKnown) ?? [];
  }

  private recall(plan: HostedPlan, batch: string, content: SampleBatch): readonly HostTensor[] | undefined {
    const slab = plan.bySample ? this.cache.get(slabName(plan, content), content.indices) : undefined;
    return slab ?? this.store.take(answerName(plan, batch));
  }

  /** Keeps what belongs to samples for all, and the rest for those who have not asked yet. */
  private keep(
    { askers, batch, content }: PassInfo<HostedPlan>,
    fellows: readonly HostedPlan[],
    answers: ReadonlyMap<string, PlanAnswer>,
  ): void {
    if (content.kind !== 'samples') return;
    const toAsk = fellows.filter((fellow) => !askers.has(fellow));
    const plans = new Map([...askers, ...fellows].map((plan) => [plan.content, plan]));
    for (const plan of plans.values()) {
      const tensors = answers.get(plan.content)?.tensors;
      if (tensors === undefined) continue;
      const { sampleCount } = plan.opened;
      if (plan.bySample && this.cache.put(slabName(plan, content), sampleCount, content.indices, tensors))
        continue;
      const waiting = toAsk.filter(
        (fellow) => fellow.content === plan.content && this.fellowships.get(fellow.group)?.has(fellow),
      );
      if (waiting.length > 0) this.store.put(answerName(plan, batch), tensors, waiting.length);
    }
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
