/** Rows and columns that are replaced, each from a first one to one past the last. */
export type CutmixBox = readonly [top: number, bottom: number, left: number, right: number];

/** Where cutmix replaces what is there. */
export interface CutmixPlace {
  /** Share of the image that stays, if the box does not reach over a border. */
  readonly lambda: number;
  /** Centre of the box. */
  readonly row: number;
  readonly column: number;
}

/**
 * The box of cutmix: its sides are int(size sqrt(1 - lambda)), halved towards zero to each side of the centre and
 * clipped at the borders.
 */
export function cutmixBox({ lambda, row, column }: CutmixPlace, height: number, width: number): CutmixBox {
  const share = Math.sqrt(1 - lambda);
  return [...sideAround(row, height, share), ...sideAround(column, width, share)];
}

function sideAround(centre: number, size: number, share: number): readonly [number, number] {
  const half = Math.floor(Math.trunc(size * share) / 2);
  const clip = (place: number): number => Math.min(Math.max(place, 0), size);
  return [clip(centre - half), clip(centre + half)];
}
