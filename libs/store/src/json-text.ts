/** What a JSON column holds, as text. Numbers that JSON cannot hold are written as protobuf's JSON form does. */
export function toJsonText(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'number' && !Number.isFinite(part)) return String(part);
    return typeof part === 'string' ? toStorableText(part) : part;
  });
}

/** PostgreSQL holds no NUL and no half of a surrogate pair: both become the replacement character. */
export function toStorableText(text: string): string {
  return text.replace(/[\0\p{Surrogate}]/gu, '\uFFFD');
}

/** The same data with the texts `NaN`, `Infinity` and `-Infinity` as numbers again; only for data without other texts. */
export function withNumbers<T>(value: T): T {
  if (typeof value === 'string') return Number(value) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, withNumbers<unknown>(part)]),
  ) as T;
}
