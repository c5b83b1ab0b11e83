/**
 * Share of a loss's weight in an epoch, counted from 0: it grows in equal steps and is whole from the last of the
 * first `epochs` epochs on, as mdistiller's `min(epoch / warmup, 1)` with epochs counted from 1.
 */
export function warmUpShare(epoch: number, epochs: number): number {
  return epochs === 0 ? 1 : Math.min((epoch + 1) / epochs, 1);
}
