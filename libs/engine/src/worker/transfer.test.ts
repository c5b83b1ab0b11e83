import { expect, it } from 'vitest';
import { ownBuffers } from './transfer.js';

it('moves what has a buffer to itself, each once, and never a part of one', () => {
  const whole = { data: Float32Array.of(1, 2) };
  const same = { data: new Uint8Array(whole.data.buffer) };
  const part = { data: new Float32Array(new ArrayBuffer(16), 8) };
  const pooled = { data: Buffer.from('pooled') };
  expect(ownBuffers([whole, same, part, pooled])).toEqual([whole.data.buffer]);
});
