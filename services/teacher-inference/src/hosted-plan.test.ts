import { describe, expect, it } from 'vitest';
import { batchNameOf, hostedPlan } from './hosted-plan.js';
import type { LoadedTeacher, OpenedPlan, Plan } from './worker/inference-api.js';

const teacher = { weightsDigest: 'sha256:1' } as unknown as LoadedTeacher;
const opened = { tensors: [{ name: 'logits', shape: [1, 3], perBatch: false }], dataDigest: 'd' };
const still = { padCropPixels: 0, flip: false, cutoutPixels: 0, seed: 1 };
const hosted = (plan: Partial<Plan>) => {
  const rest = { teacher: 't', keys: [], taps: ['logits'], split: 'train', data: { name: 'x' } } as const;
  return hostedPlan({ ...rest, ...plan }, opened as unknown as OpenedPlan, teacher);
};
const batch = (view: number) => ({ kind: 'samples', indices: Int32Array.of(1, 2), view }) as const;

describe('an open plan', () => {
  it('is the same in every view where nothing changes its samples', () => {
    for (const augmentation of [
      undefined,
      still,
      { ...still, cutmixAlpha: undefined },
      { ...still, cutmixAlpha: 0 },
    ]) {
      const plan = hosted(augmentation === undefined ? {} : { augmentation });
      expect(plan).toMatchObject({ sameInEveryView: true, rows: { areAnswer: true } });
      expect(batchNameOf(plan, batch(0))).toBe(batchNameOf(plan, batch(1)));
    }
  });

  it('has no answers by sample where images of a batch are mixed', () => {
    const mixed = hosted({ augmentation: { ...still, cutmixAlpha: 0.25 } });
    expect(mixed.sameInEveryView).toBe(false);
    expect(mixed.rows).toBeUndefined();
    expect(batchNameOf(mixed, batch(0))).not.toBe(batchNameOf(mixed, batch(1)));
    expect(hosted({ augmentation: { ...still, flip: true } })).toMatchObject({ rows: { areAnswer: true } });
  });

  it('is kept for later processes where that is asked for and answers are by sample', () => {
    const key = { id: 'k', params: {}, teacherTaps: {}, studentShapes: {}, frozen: [] };
    expect(hosted({ keep: true }).isKept).toBe(true);
    expect(hosted({}).isKept).toBe(false);
    expect(hosted({ keep: true, augmentation: { ...still, cutmixAlpha: 0.25 } }).isKept).toBe(false);
    expect(hosted({ keep: true, keys: [{ ...key, loss: 'kd' }] }).isKept).toBe(true);
    // Its code may change without a sign.
    expect(hosted({ keep: true, keys: [{ ...key, loss: 'my-losses#kd' }] }).isKept).toBe(false);
    expect(hosted({ keep: true }).content).toBe(hosted({}).content);
  });

  it('has taps by sample where keys belong to batches, which other keys may be made from too', () => {
    const gram = { name: 'sp/gram', shape: [1, 1], perBatch: true };
    const madeFrom = [{ name: 'f3', shape: [1, 2, 2, 4] }];
    const withKey = (loss: string, made = {}) => {
      const key = { id: 'k', loss, params: {}, teacherTaps: {}, studentShapes: {}, frozen: [] };
      const batchBound = { ...opened, tensors: [gram], ...made } as unknown as OpenedPlan;
      const rest = { teacher: 't', keys: [key], taps: [], split: 'train', data: { name: 'x' } } as const;
      return hostedPlan({ ...rest, keep: true }, batchBound, teacher);
    };
    const [sp, other] = [withKey('sp', { madeFrom }), withKey('my-losses#sp', { madeFrom })];
    expect(sp).toMatchObject({
      isKept: true,
      rows: { tensors: madeFrom, areAnswer: false },
    });
    expect(other).toMatchObject({ isKept: true, rows: { content: sp.rows?.content } });
    expect(other.content).not.toBe(sp.content);
    // One who gets no taps cannot stand in for one who does.
    expect(withKey('sp')).toMatchObject({ isKept: false });
    expect(withKey('sp').content).not.toBe(sp.content);
  });

  it('shares passes only with plans of the same view', () => {
    expect(hosted({ viewPixels: 14 }).group).not.toBe(hosted({}).group);
    expect(hosted({ viewPixels: 14 }).group).toBe(hosted({ viewPixels: 14 }).group);
  });
});
