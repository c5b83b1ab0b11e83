import { describe, expect, it } from 'vitest';
import { boolean, choice, group, integer, list, number, parseParams } from './params.js';

const table = {
  temperature: number({ default: 4, min: 0, exclusiveMin: true, doc: 'T' }),
  count: integer({ default: 2, min: 1, max: 9, doc: 'count' }),
  relu: boolean({ default: true, doc: 'relu' }),
  form: choice({ default: 'a', choices: ['a', 'b'], doc: 'form' }),
  range: list({ default: [0, 1], length: 2, doc: 'range' }),
  weights: group({
    doc: 'weights',
    fields: { global: number({ default: 1, doc: 'g' }), local: number({ default: 0.5, min: 0, doc: 'l' }) },
  }),
};

describe('parseParams', () => {
  it('fills in defaults, inside groups too', () => {
    expect(parseParams(table)).toEqual({
      temperature: 4,
      count: 2,
      relu: true,
      form: 'a',
      range: [0, 1],
      weights: { global: 1, local: 0.5 },
    });
    expect(parseParams(table, { weights: { local: 2 }, form: 'b' })).toMatchObject({
      weights: { global: 1, local: 2 },
      form: 'b',
    });
  });

  it('reports every wrong value at once, each under its own name', () => {
    const given = {
      temperature: 0,
      count: 1.5,
      relu: 'yes',
      form: 'c',
      range: [1],
      weights: { local: -1, globl: 2 },
      temprature: 1,
    };
    expect(() => parseParams(table, given)).toThrow(
      expect.objectContaining({
        reason: 'INVALID_FIELD',
        violations: [
          {
            field: 'params.temprature',
            description: 'there is no such parameter; did you mean "temperature"?',
          },
          { field: 'params.temperature', description: 'must be above 0, found 0' },
          { field: 'params.count', description: 'must be a whole number, found 1.5' },
          { field: 'params.relu', description: 'must be true or false, found "yes"' },
          { field: 'params.form', description: 'must be one of a, b, found "c"' },
          { field: 'params.range', description: 'must be 2 numbers, found [1]' },
          {
            field: 'params.weights.globl',
            description: 'there is no such parameter; did you mean "global"?',
          },
          { field: 'params.weights.local', description: 'must be at least 0, found -1' },
        ],
      }),
    );
  });

  it('refuses a number that is not finite and a group that is not a table', () => {
    expect(() => parseParams(table, { temperature: Number.NaN })).toThrow(
      'params.temperature: must be a number',
    );
    expect(() => parseParams(table, { count: 10 })).toThrow('params.count: must be at most 9, found 10');
    expect(() => parseParams(table, { weights: 3 })).toThrow(
      'params.weights: must be a table of values, found 3',
    );
  });
});
