import type { NativeVariant } from '../backends/native-package.js';

export type ProvisionPhase =
  'check' | 'wait' | 'install' | 'download' | 'unpack' | 'build' | 'verify' | 'link' | 'smoke';

/** One line for a person, and numbers for a bar where there are some. */
export interface ProvisionProgress {
  readonly variant: NativeVariant;
  readonly phase: ProvisionPhase;
  readonly text: string;
  readonly doneBytes?: number;
  readonly totalBytes?: number;
}

/** Takes progress as it comes; called from the event loop, must not throw. */
export type OnProgress = (progress: ProvisionProgress) => void;

/** Reports the progress of one variant. */
export type Report = (phase: ProvisionPhase, text: string, doneBytes?: number, totalBytes?: number) => void;

export function reportTo(variant: NativeVariant, onProgress: OnProgress | undefined): Report {
  return (phase, text, doneBytes, totalBytes) =>
    onProgress?.({
      variant,
      phase,
      text,
      ...(doneBytes !== undefined && { doneBytes }),
      ...(totalBytes !== undefined && { totalBytes }),
    });
}
