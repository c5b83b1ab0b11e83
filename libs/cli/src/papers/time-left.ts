/** How far a sweep is; work in minutes as recipes estimate them. */
export interface Effort {
  readonly totalMinutes: number;
  /** Of pairs that have ended, and of the parts of those in work, since this command was started. */
  readonly doneMinutes: number;
  readonly elapsedMs: number;
}

/** Time left in milliseconds: by the estimates at first, by the speed so far once a twentieth is done. */
export function timeLeftMs({ totalMinutes, doneMinutes, elapsedMs }: Effort): number {
  const left = Math.max(0, totalMinutes - doneMinutes);
  const isMeasured = doneMinutes > totalMinutes / 20;
  return left * (isMeasured ? elapsedMs / doneMinutes : 60_000);
}

/** "about 12 min left". */
export function timeLeftText(effort: Effort): string {
  const minutes = timeLeftMs(effort) / 60_000;
  if (minutes < 1) return 'less than a minute left';
  if (minutes < 90) return `about ${Math.round(minutes)} min left`;
  return `about ${(minutes / 60).toFixed(1)} h left`;
}
