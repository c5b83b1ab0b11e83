import type { Cast } from '../summary/cast.js';

/** Colour and dash of a network, the same in every part of the page. */
export type Tone = 'teacher' | 'alone' | 'd1' | 'd2' | 'd3' | 'd4' | 'd5' | 'd6' | 'other';

const distilledTones = ['d1', 'd2', 'd3', 'd4', 'd5', 'd6'] as const;

export function toneOf(task: string, cast: Cast): Tone {
  if (task === cast.alone) return 'alone';
  if (task === cast.teacher || task === cast.outside?.name) return 'teacher';
  const index = cast.distilled.indexOf(task);
  return index < 0 ? 'other' : distilledTones[index % distilledTones.length];
}
