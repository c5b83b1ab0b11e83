import { corruptFile } from '../corrupt-file.js';

/** @throws LyceumError CORRUPT_FILE when a label is not 0 ... classCount - 1. */
export function checkLabels(labels: Uint8Array, classCount: number, path: string, remedy: string): void {
  const wrong = labels.findIndex((label) => label >= classCount);
  if (wrong < 0) return;
  throw corruptFile(
    path,
    `label ${labels[wrong]} of sample ${wrong} is not one of 0 to ${classCount - 1}`,
    remedy,
  );
}
