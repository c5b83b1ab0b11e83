import type { Violation } from '@lyceum/errors';

/**
 * A change of the images that has nothing to do with their class, in degrees of its own: the stand-in for what ageing
 * does to faces, on data that has no ages. Bin k of n turns an image by `degrees k / (n - 1)` and blurs it by
 * `round(blur k / (n - 1))` passes of a 3x3 mean; bin 0 is the image as it is. A sample's bin follows from seed, split
 * and index alone.
 */
export interface Nuisance {
  readonly name: 'rotation';
  /** Degrees of change, the unchanged one among them; 2 to 36. */
  readonly bins: number;
  /** Angle of the last bin, counter-clockwise; -180 to 180. */
  readonly degrees: number;
  /** Passes of the blur in the last bin; 0 to 8. */
  readonly blur: number;
  /** Share of the samples that are changed, over bins 1 to n - 1 alike; 0 to 1. `(n - 1) / n` makes all bins alike. */
  readonly share: number;
  readonly seed: number;
}

export const nuisanceNames = ['rotation'] as const;

/** @returns what is wrong, under `nuisance.<field>`. */
export function nuisanceViolations(nuisance: Nuisance): Violation[] {
  const { name, bins, degrees, blur, share, seed } = nuisance;
  const within = (value: number, low: number, high: number) => value >= low && value <= high;
  const whole = (value: number) => Number.isSafeInteger(value);
  const rules: readonly [field: keyof Nuisance, isSound: boolean, allowed: string][] = [
    ['name', nuisanceNames.includes(name), nuisanceNames.join(', ')],
    ['bins', whole(bins) && within(bins, 2, 36), 'a whole number from 2 to 36'],
    ['degrees', within(degrees, -180, 180), 'from -180 to 180'],
    ['blur', whole(blur) && within(blur, 0, 8), 'a whole number from 0 to 8'],
    ['share', within(share, 0, 1), 'from 0 to 1'],
    ['seed', whole(seed), 'a whole number'],
  ];
  return rules
    .filter(([, isSound]) => !isSound)
    .map(([field, , allowed]) => ({
      field: `nuisance.${field}`,
      description: `must be ${allowed}, found ${nuisance[field]}`,
    }));
}
