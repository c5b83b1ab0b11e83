import { startWorker, type EngineInfo, type RunningWorker } from '@lyceum/engine';
import { LyceumError, unknownName } from '@lyceum/errors';
import { record } from '@lyceum/telemetry';
import type { HostTensor } from '@lyceum/tensor';
import { AnswerStore } from './answer-store.js';
import type { DiskKeys } from './disk/disk-keys.js';
import { startDiskKeys } from './disk/start-disk-keys.js';
import { Fellowship } from './fellowship.js';
import { batchNameOf, hostedPlan, type HostedPlan, type SampleRows } from './hosted-plan.js';
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
  /** The most that can be kept, in one place or the other. */
  private readonly keptBytes: number;
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
    this.keptBytes = Math.max(cacheBytes, disk?.limitBytes ?? 0);
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
    const opened = await this.worker.api.open({ ...plan, teacher: teacher.name }, this.keptBytes);
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
    const batch = content.kind === 'samples' ? batchNameOf(plan, content) : '';
    const kept = await this.fromRows(plan, batch, content);
    if (!this.plans.has(plan))
      throw new LyceumError('CANCELLED', 'the stream ended before its batch was answered');
    const [source, answer] = kept ?? this.findAnswer(plan, batch, content);
    const tensors = await answer;
    this.counts[source] += 1;
    return { tensors, source };
  }

  /** An answer that is not in memory as it is, from the disk, or made from what is kept of each sample. */
  private async fromRows(
    plan: HostedPlan,
    batch: string,
    content: BatchContent,
  ): Promise<[AnswerSource, readonly HostTensor[]] | undefined> {
    const { rows, isKept, opened } = plan;
    if (rows === undefined || !isKept || content.kind !== 'samples') return undefined;
    const { indices } = content;
    const slab = slabName(rows, plan, content);
    const isAnswered = rows.areAnswer
      ? this.cache.has(slab, indices)
      : this.store.has(answerName(plan, batch));
    if (isAnswered) return undefined;
    const known = this.cache.get(slab, indices);
    const found = known ?? (await this.disk?.get(plan, rows, content));
    if (found === undefined || !this.plans.has(plan)) return undefined;
    if (known === undefined) this.cache.put(slab, opened.sampleCount, indices, found);
    this.fellowships.get(plan.group)?.asks(plan, batch, true);
    const source = known === undefined ? 'disk' : 'memory';
    if (rows.areAnswer) return [source, found];
    return [source, tensorsOf(await this.worker.api.project(opened.id, found, content))];
  }

  private findAnswer(
    plan: HostedPlan,
    batch: string,
    content: BatchContent,
  ): [AnswerSource, readonly HostTensor[] | Promise<readonly HostTensor[]>] {
    if (content.kind !== 'samples') return ['own-pass', this.passes.ask(plan, content).then(tensorsOf)];
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
    const isKnown = (plan: HostedPlan) => {
      if (content.kind !== 'samples') return false;
      const { rows } = plan;
      if (this.store.has(answerName(plan, batch))) return true;
      if (rows === undefined) return false;
      return (
        this.cache.has(slabName(rows, plan, content), content.indices) ||
        (plan.isKept && this.disk?.has(plan, rows, content) === true)
      );
    };
    return this.fellowships.get(group)?.followers(askers, batch, isKnown) ?? [];
  }

  private recall(plan: HostedPlan, batch: string, content: SampleBatch): readonly HostTensor[] | undefined {
    const { rows } = plan;
    const found = rows?.areAnswer && this.cache.get(slabName(rows, plan, content), content.indices);
    return found || this.store.take(answerName(plan, batch));
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
      const { tensors, madeFrom } = answers.get(plan.content) ?? {};
      if (tensors === undefined) continue;
      const { rows } = plan;
      const ofSamples = rows?.areAnswer === true ? tensors : madeFrom;
      if (rows !== undefined && ofSamples !== undefined) {
        const worthKeeping = kept.get(plan.content);
        if (this.disk && worthKeeping) writing.push(this.disk.put(worthKeeping, rows, content, ofSamples));
        const { sampleCount } = plan.opened;
        const slab = slabName(rows, plan, content);
        if (this.cache.put(slab, sampleCount, content.indices, ofSamples) && rows.areAnswer) continue;
      }
      const waiting = toAsk.filter(
        (fellow) => fellow.content === plan.content && this.fellowships.get(fellow.group)?.has(fellow),
      );
      if (waiting.length > 0) this.store.put(answerName(plan, batch), tensors, waiting.length);
    }
    return writing.length === 0 ? undefined : Promise.all(writing);
  }
}

function slabName({ content }: SampleRows, { sameInEveryView }: HostedPlan, { view }: SampleBatch): string {
  return sameInEveryView ? content : `${content} ${view}`;
}

function answerName({ content }: HostedPlan, batch: string): string {
  return `${content} ${batch}`;
}

function tensorsOf({ tensors, error }: PlanAnswer): readonly HostTensor[] {
  if (error !== undefined) throw LyceumError.fromRecord(error);
  return tensors;
}
