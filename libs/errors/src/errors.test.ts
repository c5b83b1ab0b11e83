import { describe, expect, it } from 'vitest';
import {
  codes,
  invalidFields,
  LyceumError,
  nearestNames,
  reasons,
  renameFields,
  unknownName,
} from './index.js';

describe('errors', () => {
  it('gives every reason a code that gRPC knows', () => {
    for (const { code } of Object.values(reasons)) expect(codes[code]).toBeGreaterThan(0);
  });

  it('survives the way through a message port', () => {
    const error = invalidFields([
      { field: 'losses[0].temperature', description: 'must be above 0, found 0' },
    ]);
    const back = LyceumError.from(structuredClone(error.toRecord()));
    expect(back).toBeInstanceOf(LyceumError);
    expect(back.message).toBe('losses[0].temperature: must be above 0, found 0');
    expect(back.violations).toEqual(error.violations);
    expect(back.code).toBe(3);
  });

  it('moves violations under the place where the part was found', () => {
    const error = invalidFields([{ field: 'temperature', description: 'must be above 0' }]).under(
      'losses[1]',
    );
    expect(error.violations[0].field).toBe('losses[1].temperature');
  });

  it('calls fields as the caller knows them, in the message too', () => {
    const error = renameFields(unknownName('loss', 'kdd', ['kd', 'at']), (field) => `open.${field}`);
    expect(error).toMatchObject({ reason: 'UNKNOWN_NAME', metadata: { nearest: 'kd' } });
    expect(error.violations[0].field).toBe('open.loss');
    expect(error.message).toBe('open.loss: there is no loss "kdd"; did you mean "kd"?');
    expect(renameFields(new LyceumError('CANCELLED', 'stopped'), () => 'x').message).toBe('stopped');
  });

  it('names the nearest known names for a misspelt one', () => {
    expect(nearestNames('resnet8x5', ['resnet8x4', 'resnet8', 'vgg8'])[0]).toBe('resnet8x4');
    expect(unknownName('loss', 'kdd', ['kd', 'at'])).toMatchObject({ reason: 'UNKNOWN_NAME', code: 5 });
    expect(unknownName('loss', 'zzzzzzzz', ['kd', 'at']).message).toContain('known: kd, at');
  });

  it('tells a full disk from a fault of its own', () => {
    expect(LyceumError.from(Object.assign(new Error('write'), { code: 'ENOSPC' })).reason).toBe('DISK_FULL');
    expect(LyceumError.from('anything').reason).toBe('INTERNAL');
  });
});
