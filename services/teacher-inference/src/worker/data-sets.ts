import { loadDataSet, type LoadedData } from '@lyceum/data';
import { LyceumError, renameFields } from '@lyceum/errors';
import type { DataName } from './inference-api.js';

interface Entry {
  readonly loading: Promise<LoadedData>;
  users: number;
}

/** How many data sets that nobody uses stay in memory, for the next student of the same sweep. */
const idleKept = 2;

/**
 * Data sets in memory, by their names as `planOf` writes them: those in use, and a few that were used last. Anybody who
 * opens a stream may name one.
 */
export class DataSets {
  /** In the order of use, least recent first. */
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly load: (name: DataName) => Promise<LoadedData> = loadDataSet) {}

  /**
   * Loads a data set, or finds it; it stays until `release` was called as often.
   * @throws LyceumError with `data` in front of the field that is wrong.
   */
  async take(name: DataName): Promise<LoadedData> {
    const key = JSON.stringify(name);
    const entry = this.entries.get(key) ?? { loading: this.load(name), users: 0 };
    this.entries.delete(key);
    this.entries.set(key, entry);
    entry.users += 1;
    try {
      return await entry.loading;
    } catch (error) {
      if (this.entries.get(key) === entry) this.entries.delete(key);
      throw dataError(error);
    }
  }

  release(name: DataName): void {
    const entry = this.entries.get(JSON.stringify(name));
    if (entry === undefined) return;
    entry.users -= 1;
    const idle = [...this.entries].filter(([, { users }]) => users === 0);
    for (const [oldest] of idle.slice(0, -idleKept)) this.entries.delete(oldest);
  }
}

/** What is wrong with the data, under the field of the contract that named them. */
function dataError(caught: unknown): LyceumError {
  const error = LyceumError.from(caught);
  const contractField = (field: string) =>
    `data.${field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
  if (error.violations.length > 0) return renameFields(error, contractField);
  const { reason, message } = error;
  return new LyceumError(reason, `data: ${message}`, {
    ...error,
    violations: [{ field: 'data', description: message }],
    cause: error,
  });
}
