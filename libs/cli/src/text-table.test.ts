import { describe, expect, it } from 'vitest';
import { textTable } from './text-table.js';

describe('text tables', () => {
  it('lines columns up, numbers to the right', () => {
    const table = textTable(
      ['name', 'size'],
      [
        ['a', '5'],
        ['long name', '1,234'],
      ],
    );
    expect(table.split('\n')).toEqual([
      'name        size',
      '---------  -----',
      'a              5',
      'long name  1,234',
    ]);
  });
});
