import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fieldNames } from './field-names.js';
import { recipeSchema } from './schema.js';

describe('fieldNames', () => {
  it('finds fields within lists, unions, records and what is transformed', () => {
    const inner = z.union([z.string(), z.strictObject({ inUnion: z.int() })]);
    const schema = z.strictObject({
      list: z.array(z.strictObject({ inList: inner.optional() })),
      record: z.record(z.string(), z.strictObject({ inRecord: z.int().default(1) })),
      changed: z.strictObject({ before: z.string() }).transform(({ before }) => ({ after: before })),
    });
    const expected = ['list', 'inList', 'inUnion', 'record', 'inRecord', 'changed', 'before'];
    expect(fieldNames(schema).sort()).toEqual(expected.sort());
  });

  it('finds those of every kind of stage, each once', () => {
    const names = fieldNames(recipeSchema);
    expect(names).toEqual(expect.arrayContaining(['generations', 'falseAccepts', 'cutmixAlpha', 'after']));
    expect(new Set(names).size).toBe(names.length);
  });
});
