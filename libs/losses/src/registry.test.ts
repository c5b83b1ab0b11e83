import { describe, expect, it } from 'vitest';
import { findOperator } from './operators/registry.js';
import { findLoss, losses } from './registry.js';
import { registryOf } from './registry-of.js';

describe('registry', () => {
  it('finds a loss, and suggests the nearest for a misspelt one', () => {
    expect(findLoss('kd').id).toBe('kd');
    expect(() => findLoss('fitnets')).toThrow('there is no loss "fitnets"; did you mean "fitnet"');
    expect(() => findOperator('dml-stop')).toThrow(
      'there is no operator "dml-stop"; did you mean "dml-step"',
    );
  });

  it('refuses two modules of one id', () => {
    expect(() => registryOf([{ id: 'kd' }, { id: 'at' }, { id: 'kd' }])).toThrow(
      'the id "kd" is registered twice',
    );
  });

  it('keeps ids and slot names to what files and recipes can write', () => {
    for (const { id, student, teacher } of losses.values()) {
      expect(id).toMatch(/^[a-z][a-z0-9-]*$/);
      for (const { name } of [...student, ...teacher]) expect(name).toMatch(/^[a-z][A-Za-z]*\d*$/);
    }
  });
});
