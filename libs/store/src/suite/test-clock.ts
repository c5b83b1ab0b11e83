/** A clock that only moves when told to. */
export class TestClock {
  private ms = Date.UTC(2030, 0, 1);

  readonly now = (): Date => new Date(this.ms);

  advance(ms: number): void {
    this.ms += ms;
  }
}
