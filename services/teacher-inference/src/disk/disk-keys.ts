import { startWorker, transfer, type EngineInfo, type RunningWorker } from '@lyceum/engine';
import { invalidField } from '@lyceum/errors';
import type { HostTensor } from '@lyceum/tensor';
import { createHash } from 'node:crypto';
import { accessSync, constants, mkdirSync } from 'node:fs';
import type { HostedPlan, SampleRows } from '../hosted-plan.js';
import { RecentMap } from '../recent-map.js';
import type { SampleBatch } from '../worker/inference-api.js';
import type { KeyFolderApi, KeyFolderEvent, KeyFolderInput } from './key-folder-api.js';
import type { SlabSpec } from './slab-layout.js';

export interface DiskKeysOptions extends KeyFolderInput {
  /** What the numbers of a key depend on besides its plan: the engine and the program. */
  readonly engine: EngineInfo;
  readonly program: string;
  readonly warn: (message: string) => void;
}

/** Of how many slabs it is remembered which samples are known. */
const slabsRemembered = 256;

/** Keys of samples that outlive the process, for streams that ask for it. */
export class DiskKeys {
  /** Samples that were found or written, by slab; 1 for each. */
  private readonly known = new RecentMap<Uint8Array>(slabsRemembered);
  private readonly computedBy: string;
  /** The most that the folder holds. */
  readonly limitBytes: number;

  private constructor(
    private readonly worker: RunningWorker<KeyFolderApi>,
    { engine, program, limitBytes, warn }: DiskKeysOptions,
  ) {
    this.limitBytes = limitBytes;
    this.computedBy = JSON.stringify([{ ...engine, notes: [] }, program]);
    worker.ended.catch((error: Error) => warn(`keys are not kept any more: ${error.message}`));
  }

  /**
   * Starts the thread that reads and writes.
   * @throws LyceumError INVALID_FIELD `cacheFolder` when it is no folder that may be written.
   */
  static async start(options: DiskKeysOptions): Promise<DiskKeys> {
    const { folder, limitBytes, warn } = options;
    requireFolder(folder);
    const worker = await startWorker<KeyFolderApi, KeyFolderEvent>(
      new URL('./key-folder-worker.js', import.meta.url),
      {
        workerData: { folder, limitBytes } satisfies KeyFolderInput,
        onEvent: ({ warning }) => warn(warning),
      },
    );
    return new DiskKeys(worker, options);
  }

  /** Whether all of these samples were found or written by this process; a look at memory alone. */
  has(plan: HostedPlan, rows: SampleRows, { indices, view }: SampleBatch): boolean {
    const known = this.known.get(slabName(plan, rows, view));
    return known !== undefined && indices.every((index) => known[index] === 1);
  }

  /** The rows of these samples, when all of them are there. */
  async get(
    plan: HostedPlan,
    rows: SampleRows,
    { indices, view }: SampleBatch,
  ): Promise<HostTensor[] | undefined> {
    const spec = this.specOf(plan, rows, view);
    const found = await this.worker.api.get(spec, indices).catch(() => undefined);
    this.note(plan, rows, view, indices, found !== undefined);
    return found?.map((data, t) => {
      const { name, shape } = spec.tensors[t];
      return { name, dtype: 'f32', shape: [indices.length, ...shape], data };
    });
  }

  /** Keeps rows; done when they would outlive this process. */
  async put(
    plan: HostedPlan,
    rows: SampleRows,
    { indices, view }: SampleBatch,
    values: readonly HostTensor[],
  ): Promise<void> {
    if (values.some(({ dtype }) => dtype !== 'f32')) return;
    // Moved, not copied again; those who asked keep theirs.
    const tensors = values.map(({ data }) => new Float32Array(data));
    const moved = transfer(
      tensors,
      tensors.map(({ buffer }) => buffer),
    );
    const isKept = await this.worker.api
      .put(this.specOf(plan, rows, view), indices, moved)
      .catch(() => false);
    if (isKept) this.note(plan, rows, view, indices, true);
  }

  async stop(): Promise<void> {
    await this.worker.api.close().catch(() => undefined);
    await this.worker.terminate();
  }

  private specOf(plan: HostedPlan, { content, tensors }: SampleRows, view: number): SlabSpec {
    return {
      content: createHash('sha256').update(`${content} ${this.computedBy}`).digest('hex'),
      view: viewName(plan, view),
      sampleCount: plan.opened.sampleCount,
      tensors: tensors.map(({ name, shape }) => ({ name, shape: shape.slice(1) })),
    };
  }

  private note(
    plan: HostedPlan,
    rows: SampleRows,
    view: number,
    indices: Int32Array,
    isKnown: boolean,
  ): void {
    const name = slabName(plan, rows, view);
    const known = this.known.get(name) ?? new Uint8Array(plan.opened.sampleCount);
    this.known.add(name, known);
    for (const index of indices) known[index] = isKnown ? 1 : 0;
  }
}

function slabName(plan: HostedPlan, { content }: SampleRows, view: number): string {
  return `${content} ${viewName(plan, view)}`;
}

function viewName({ sameInEveryView }: HostedPlan, view: number): string {
  return sameInEveryView ? 'all' : String(view);
}

function requireFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw invalidField('cacheFolder', `"${folder}" cannot be used for keys: ${(error as Error).message}`);
  }
}
