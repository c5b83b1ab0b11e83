/** What holds memory: its size, and how it is let go. */
interface Holding {
  readonly bytes: number;
  readonly drop: () => void;
}

/** Memory within one limit for holders of any kind together: whoever was used least recently goes first. */
export class MemoryBudget {
  /** In the order of use, least recent first. */
  private readonly holdings = new Map<object, Holding>();
  private used = 0;

  constructor(private readonly limitBytes: number) {}

  get usedBytes(): number {
    return this.used;
  }

  /**
   * Makes room for a holder; others are dropped until it fits.
   * @param drop called when the room is needed by others; not by `release`.
   * @returns whether there is room; false, and nothing is dropped, when it alone is beyond the limit.
   */
  claim(holder: object, bytes: number, drop: () => void): boolean {
    if (bytes > this.limitBytes) return false;
    for (const [oldest, holding] of this.holdings) {
      if (this.used + bytes <= this.limitBytes) break;
      this.release(oldest);
      holding.drop();
    }
    this.holdings.set(holder, { bytes, drop });
    this.used += bytes;
    return true;
  }

  /** Notes that a holder was used just now. */
  touch(holder: object): void {
    const holding = this.holdings.get(holder);
    if (holding === undefined) return;
    this.holdings.delete(holder);
    this.holdings.set(holder, holding);
  }

  /** Gives a holder's memory back. */
  release(holder: object): void {
    this.used -= this.holdings.get(holder)?.bytes ?? 0;
    this.holdings.delete(holder);
  }
}
