import { Socket } from 'node:net';

/**
 * Ends this process in order when the one that started it is gone: its end of standard input closes, however it
 * died. Only where `LYCEUM_EXIT_WITH_PARENT` is set, as local launchers do.
 */
export function exitWithParent(
  stop: () => void,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): void {
  if (!environment.LYCEUM_EXIT_WITH_PARENT) return;
  process.stdin.on('end', stop).on('error', stop).resume();
  // Listening must not keep a process that has stopped: the one that started it still holds its end.
  if (process.stdin instanceof Socket) process.stdin.unref();
}
