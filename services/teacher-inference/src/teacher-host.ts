import { startWorker, type EngineInfo, type RunningWorker } from '@lyceum/engine';
import { unknownName, type LyceumError } from '@lyceum/errors';
import type { HostTensor } from '@lyceum/tensor';
import { createHash } from 'node:crypto';
import { KeyCache } from './key-cache.js';
import type { BatchContent, InferenceApi, LoadedTeacher, OpenedPlan, Plan } from './worker/inference-api.js';

export interface TeacherHostOptions {
  readonly backend: string;
  readonly threadCount: number;
  /** Packages of losses whose keys it computes. */
  readonly lossPackages: readonly string[];
  readonly cacheBytes: number;
  readonly onExit: (error: LyceumError) => void;
}

/** A plan that is open, with what is needed to answer its batches from the cache. */
export interface HostedPlan {
  readonly opened: OpenedPlan;
  readonly teacher: LoadedTeacher;
  /** Name of its keys in the cache; empty when its answers can't be cached by sample. */
  readonly cacheName: string;
  /** Whether samples look the same in every view. */
  readonly sameInEveryView: boolean;
}

export interface Answer {
  readonly tensors: readonly HostTensor[];
  readonly cached: boolean;
}

/** The served teachers: compute in its own thread, answers that were given before in memory. */
export class TeacherHost {
  readonly teachers = new Map<string, LoadedTeacher>();
  private readonly cache: KeyCache;

  private constructor(
    private readonly worker: RunningWorker<InferenceApi>,
    readonly engine: EngineInfo,
    cacheBytes: number,
  ) {
    this.cache = new KeyCache(cacheBytes);
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
    const { keys, taps, data, split, augmentation } = plan;
    const sameInEveryView =
      augmentation === undefined ||
      (augmentation.padCropPixels === 0 && !augmentation.flip && augmentation.cutoutPixels === 0);
    const bySample = data !== undefined && !opened.tensors.some((tensor) => tensor.perBatch);
    const content = [
      teacher.weightsDigest,
      keys.map(({ frozen, ...key }) => ({ ...key, frozen: frozen.map(digestOf) })),
      taps,
      opened.dataDigest,
      split,
      sameInEveryView ? null : augmentation,
    ];
    return { opened, teacher, sameInEveryView, cacheName: bySample ? JSON.stringify(content) : '' };
  }

  async answer({ opened, cacheName, sameInEveryView }: HostedPlan, content: BatchContent): Promise<Answer> {
    if (content.kind !== 'samples' || cacheName === '') {
      return { tensors: await this.worker.api.run(opened.id, content), cached: false };
    }
    const name = sameInEveryView ? cacheName : `${cacheName}/${content.view}`;
    const known = this.cache.get(name, content.indices);
    if (known !== undefined) return { tensors: known, cached: true };
    const tensors = await this.worker.api.run(opened.id, content);
    this.cache.put(name, opened.sampleCount, content.indices, tensors);
    return { tensors, cached: false };
  }

  async close({ opened }: HostedPlan): Promise<void> {
    await this.worker.api.close(opened.id);
  }

  get cacheCounts(): { hits: number; misses: number } {
    const { hits, misses } = this.cache;
    return { hits, misses };
  }

  stop(): Promise<void> {
    return this.worker.terminate();
  }
}

function digestOf({ name, shape, data }: HostTensor): string {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return `${name} ${shape.join('x')} ${createHash('sha256').update(bytes).digest('hex')}`;
}
