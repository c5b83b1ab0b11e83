import { z } from 'zod';

/** The names of all fields that a document of a schema may have, at any depth, each once. */
export function fieldNames(schema: z.ZodType): string[] {
  const names = new Set<string>();
  collect(z.toJSONSchema(schema, { io: 'input' }), names);
  return [...names];
}

function collect(node: unknown, names: Set<string>): void {
  if (typeof node !== 'object' || node === null) return;
  if ('properties' in node && typeof node.properties === 'object')
    for (const name of Object.keys(node.properties ?? {})) names.add(name);
  for (const part of Object.values(node)) collect(part, names);
}
