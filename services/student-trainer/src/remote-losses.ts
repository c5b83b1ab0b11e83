import { openLossService, type LossSessionStream } from '@lyceum/client';
import { DataType } from '@lyceum/contracts/tensor';
import type { Loss } from '@lyceum/contracts/loss';
import { LyceumError } from '@lyceum/errors';
import type { TrainTask } from '@lyceum/recipes';
import type { StepTraces } from '@lyceum/telemetry';
import { fromWire, toWire, type HostTensor } from '@lyceum/tensor';
import type { BridgeCalls, RemoteLossDescription } from './worker/compute-api.js';

type Handlers = {
  [K in keyof BridgeCalls]?: (request: BridgeCalls[K]['request']) => Promise<BridgeCalls[K]['response']>;
};

/** Losses that a service computes: the sessions, and the calls that the compute worker makes in its steps. */
export class RemoteLosses {
  private readonly sessions = new Map<string, LossSessionStream>();
  private readonly entries: readonly TrainTask['losses'][number][];

  constructor(
    task: Pick<TrainTask, 'losses'>,
    private readonly addressOf: (via: string) => string,
    private readonly traces: StepTraces,
  ) {
    this.entries = task.losses.filter((entry) => entry.via !== 'in-process');
  }

  /** What the services say of their losses. */
  async describe(): Promise<Record<string, RemoteLossDescription>> {
    const described = await Promise.all(
      this.entries.map(async (entry) => {
        const loss = await openLossService(this.addressOf(entry.via)).get(entry.loss);
        const description: RemoteLossDescription = {
          studentSlots: loss.studentSlots,
          teacherSlots: loss.teacherSlots,
          needsLabels: loss.needsLabels,
          needsIndices: loss.needsIndices,
          keySources: loss.keySources,
          imageInputs: valueInputs(loss, 'images'),
          frozenInputs: valueInputs(loss, 'frozen'),
        };
        return [entry.as, description] as const;
      }),
    );
    return Object.fromEntries(described);
  }

  readonly handlers: Required<Pick<Handlers, `loss.${string}` & keyof Handlers>> = {
    'loss.open': async ({ id, labels, studentShapes, teacherShapes, ...open }) => {
      const entry = this.entries.find((one) => one.as === id);
      if (entry === undefined) throw new LyceumError('INTERNAL', `loss "${id}" is not remote`);
      const host: HostTensor = { name: 'labels', dtype: 'i32', shape: [labels.length], data: labels };
      const session = await openLossService(this.addressOf(entry.via)).session({
        ...open,
        name: id,
        bare: false,
        studentShapes: shapes(studentShapes),
        teacherShapes: shapes(teacherShapes),
        labels: toWire(host, DataType.INT32),
      });
      this.sessions.get(id)?.close();
      this.sessions.set(id, session);
      const weights = session.opened.weights.map((tensor, i) => fromWire(tensor, `weights[${i}]`));
      return { weights, trainable: session.opened.trainable };
    },
    'loss.step': ({ id, ...step }) => this.traces.run(step.step, () => this.session(id).step(step)),
    'loss.snapshot': ({ id }) => this.session(id).snapshot(),
    'loss.restore': async ({ id, state }) => {
      await this.session(id).restore(state);
      return {};
    },
  };

  private session(id: string): LossSessionStream {
    const session = this.sessions.get(id);
    if (session === undefined) throw new LyceumError('INTERNAL', `loss "${id}" has no session`);
    return session;
  }

  close(): void {
    for (const session of this.sessions.values()) session.close();
    this.sessions.clear();
  }
}

/** Names of what the value half reads from one place. */
function valueInputs({ extraInputs }: Loss, place: string): string[] {
  return extraInputs.filter(({ from, half }) => from === place && half === 'value').map(({ name }) => name);
}

function shapes(given: Record<string, readonly number[]>): Record<string, { shape: number[] }> {
  return Object.fromEntries(Object.entries(given).map(([slot, shape]) => [slot, { shape: [...shape] }]));
}
