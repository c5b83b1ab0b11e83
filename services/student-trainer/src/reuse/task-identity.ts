import type { TaskSpec } from '@lyceum/recipes';
import { createHash } from 'node:crypto';

export interface IdentitySources {
  /** Digest of the artifact or file that a text of the specification names; undefined for any other text. */
  readonly contentOf: (text: string) => Promise<string | undefined>;
  /** Digest of the task's data. */
  readonly dataDigest: string;
  /** Programs, engine and threads that compute, as texts by name. */
  readonly computedBy: Readonly<Record<string, string>>;
}

const names: ReadonlySet<string> = new Set(['stage', 'task']);

/**
 * What a task's result depends on, as 64 hex digits: its specification, the content of everything that the
 * specification names, and what computes. What run, stage and task are called is no part of it.
 */
export async function taskIdentity(
  task: TaskSpec,
  { contentOf, dataDigest, computedBy }: IdentitySources,
): Promise<string> {
  const spec = Object.fromEntries(Object.entries(task).filter(([field]) => !names.has(field)));
  const parts = { spec: await byContent(spec, contentOf), dataDigest, computedBy };
  return createHash('sha256')
    .update(JSON.stringify(sorted(parts)))
    .digest('hex');
}

/** The same value with the content's digest in the place of each text that names an artifact or file. */
async function byContent(value: unknown, contentOf: IdentitySources['contentOf']): Promise<unknown> {
  if (typeof value === 'string') {
    const content = await contentOf(value);
    // An object, so that no text can stand for a content.
    return content === undefined ? value : { content };
  }
  if (Array.isArray(value)) return Promise.all(value.map((item) => byContent(item, contentOf)));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(
    async ([key, item]) => [key, await byContent(item, contentOf)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

/** The same value with the keys of all objects in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
