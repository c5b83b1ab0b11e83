/** The newest entries, up to a number of them. */
export class RecentMap<Value> {
  private readonly entries = new Map<string, Value>();

  constructor(private readonly limit: number) {}

  has(key: string): boolean {
    return this.entries.has(key);
  }

  get(key: string): Value | undefined {
    return this.entries.get(key);
  }

  /** Adds an entry; the oldest goes when there are too many. */
  add(key: string, value: Value): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size <= this.limit) return;
    for (const oldest of this.entries.keys()) {
      this.entries.delete(oldest);
      return;
    }
  }

  /** Takes an entry out. */
  take(key: string): Value | undefined {
    const value = this.entries.get(key);
    this.entries.delete(key);
    return value;
  }
}
