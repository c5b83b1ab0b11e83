/** Wakes those who wait for a topic; a waiter that comes too late asks the database instead. */
export class Notifications {
  private readonly waiting = new Map<string, Set<() => void>>();

  /** Wakes whoever waits for the topic. */
  wake(topic: string): void {
    for (const wake of this.waiting.get(topic) ?? []) wake();
  }

  wakeAll(): void {
    for (const topic of [...this.waiting.keys()]) this.wake(topic);
  }

  /** Starts to wait; `woken` is true when the topic was woken, false after the time or when the signal fired. */
  wait(
    topic: string,
    timeoutMs: number,
    signal?: AbortSignal,
  ): { woken: Promise<boolean>; stop: () => void } {
    let finish: (woken: boolean) => void = () => undefined;
    const woken = new Promise<boolean>((resolve) => (finish = resolve));
    const wake = (): void => end(true);
    const abort = (): void => end(false);
    const timer = setTimeout(abort, timeoutMs);
    const waiters = this.waiting.get(topic) ?? new Set();
    this.waiting.set(topic, waiters.add(wake));
    signal?.addEventListener('abort', abort);
    const end = (result: boolean): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      waiters.delete(wake);
      if (waiters.size === 0 && this.waiting.get(topic) === waiters) this.waiting.delete(topic);
      finish(result);
    };
    if (signal?.aborted) abort();
    return { woken, stop: abort };
  }
}
