import type { Slot } from './loss.js';

/** The slots that a loss with these parameters fills by default. */
export function activeSlots(
  slots: readonly Slot[],
  params: Readonly<Record<string, unknown>>,
): readonly Slot[] {
  return slots.filter((slot) => slot.optional !== true && (slot.when?.(params) ?? true));
}

/** The slot that a tensor belongs to: `layer2` is the second of the repeated slot `layer`. */
export function slotOf(name: string, slots: readonly Slot[]): Slot | undefined {
  return (
    slots.find((slot) => slot.name === name) ??
    slots.find((slot) => slot.repeated === true && isNumbered(name, slot))
  );
}

/** The numbered names that fill a repeated slot, in order; `['layer1', 'layer2']` of `layer`. */
export function numberedNames(slot: string, names: Iterable<string>): string[] {
  const place = (name: string): number => Number(name.slice(slot.length));
  return [...names]
    .filter((name) => name.startsWith(slot) && place(name) > 0 && Number.isInteger(place(name)))
    .sort((a, b) => place(a) - place(b));
}

function isNumbered(name: string, slot: Slot): boolean {
  return numberedNames(slot.name, [name]).length === 1;
}

/** Names of a slot's tensors when it is filled by `count` taps. */
export function slotNames(slot: Slot, count: number): readonly string[] {
  if (slot.repeated !== true) return [slot.name];
  return Array.from({ length: count }, (_, index) => `${slot.name}${index + 1}`);
}
