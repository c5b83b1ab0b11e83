import { leavesPixels } from '@lyceum/data';
import type { DataConfig } from './data-schema.js';

/** How many views a sample has: one where all look the same, infinitely many where each epoch makes a new one. */
export function viewsOf({ views, augmentation }: Pick<DataConfig, 'views' | 'augmentation'>): number {
  if (leavesPixels(augmentation)) return 1;
  return views === 'fresh' ? Infinity : views;
}
