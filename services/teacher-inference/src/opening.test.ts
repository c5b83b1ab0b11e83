import { DistillOpen } from '@lyceum/contracts/teacher';
import { LyceumError } from '@lyceum/errors';
import { describe, expect, it } from 'vitest';
import { planOf } from './opening.js';

type Fields = Parameters<typeof DistillOpen.fromPartial>[0];
const open = (fields: Fields) => DistillOpen.fromPartial({ taps: ['logits'], ...fields });
const still = { padCropPixels: 0, flip: false, cutoutPixels: 0, seed: 1 };

function problem(fields: Fields, roots: readonly string[] = []): string {
  try {
    planOf(open(fields), roots);
  } catch (error) {
    return LyceumError.from(error).message;
  }
  return '';
}

describe('an opening message', () => {
  it('may leave out what is new, and then means what it did', () => {
    const plan = planOf(open({ data: { name: 'mnist' }, augmentation: still }), []);
    expect(plan.viewPixels).toBeUndefined();
    expect(plan.data).toEqual({ name: 'mnist' });
    expect(plan.augmentation?.cutmixAlpha).toBeUndefined();
  });

  it('says whether its answers are worth keeping', () => {
    expect([planOf(open({}), []).keep, planOf(open({ keep: true }), []).keep]).toEqual([undefined, true]);
  });

  it('names views, mixing and training images of another set', () => {
    const trainFrom = { name: 'one-image', path: '/photos/a.jpg', trainLimit: 5 };
    const fields = {
      data: { name: 'mnist', trainFrom },
      augmentation: { ...still, cutmixAlpha: 0.5 },
      viewPixels: 14,
    };
    const plan = planOf(open(fields), ['/photos']);
    expect(plan).toMatchObject({ viewPixels: 14, data: { trainFrom }, augmentation: { cutmixAlpha: 0.5 } });
  });

  it.each([
    [
      { augmentation: { ...still, cutmixAlpha: 1.5 } },
      'open.augmentation.cutmix_alpha: must be 0 to 1, found 1.5',
    ],
    [{ viewPixels: -1 }, 'open.view_pixels: must be 0 or more, found -1'],
    [
      { data: { name: 'mnist', trainFrom: { name: 'one-image', trainLimit: -1 } } },
      'open.data.train_from.train_limit: must be 0 or more, found -1',
    ],
    [
      { data: { name: 'mnist', trainFrom: { name: 'one-image', path: '/etc/passwd' } } },
      'open.data.train_from.path: "/etc/passwd" is outside the folders this server may read',
    ],
  ])('is refused for %j', (fields, text) => {
    expect(problem(fields, ['/photos'])).toContain(text);
  });
});
