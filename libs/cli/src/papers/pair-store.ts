import type { PairResult } from '@lyceum/report';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { textDigest, type Pair } from './pair.js';

interface Entry {
  /** Of the recipe's text: another text is another experiment. */
  readonly digest: string;
  /** By which the orchestrator knows the run. */
  readonly requestId: string;
  readonly result?: PairResult;
}

/** What is known of each pair, as files in a folder, so that the same command goes on where it was. */
export class PairStore {
  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  /** The request of the pair's run: the one from before, unless the recipe has changed or it is to start anew. */
  begin(pair: Pair, fresh: boolean): string {
    const known = fresh ? undefined : this.entry(pair);
    if (known !== undefined) return known.requestId;
    const requestId = randomUUID();
    this.write(pair, { digest: textDigest(pair), requestId });
    return requestId;
  }

  finish(pair: Pair, result: PairResult): void {
    this.write(pair, { digest: textDigest(pair), requestId: this.begin(pair, false), result });
  }

  /** What the pair came to, if it has come to an end. */
  result(pair: Pair): PairResult | undefined {
    return this.entry(pair)?.result;
  }

  private entry(pair: Pair): Entry | undefined {
    try {
      const entry = JSON.parse(readFileSync(this.file(pair), 'utf8')) as Entry;
      return entry.digest === textDigest(pair) ? entry : undefined;
    } catch {
      // None, or one that was cut off: the run is found by the recipe anew.
      return undefined;
    }
  }

  private write(pair: Pair, entry: Entry): void {
    const file = this.file(pair);
    writeFileSync(`${file}.partial`, JSON.stringify(entry, undefined, 2));
    renameSync(`${file}.partial`, file);
  }

  private file({ recipe, seed }: Pair): string {
    return join(this.folder, `${recipe.name}-${seed}.json`);
  }
}
