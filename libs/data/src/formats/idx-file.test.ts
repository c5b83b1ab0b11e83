import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../expect-error.fixture.js';
import { encodeIdx } from '../idx.fixture.js';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { decodeIdx, readIdxFile } from './idx-file.js';

const sound = encodeIdx(
  [2, 2, 3],
  Uint8Array.from({ length: 12 }, (_, i) => i * 20),
);

describe('an IDX file', () => {
  it.each(['plain', 'gzip'])('is read when %s', async (form) => {
    const path = join(await temporaryFolder(), 'file');
    await writeFile(path, form === 'gzip' ? gzipSync(sound) : sound);
    const { sizes, values } = await readIdxFile(path, 'mend it');
    expect(sizes).toEqual([2, 2, 3]);
    expect([...values]).toEqual(Array.from({ length: 12 }, (_, i) => i * 20));
  });

  it('is refused when cut short anywhere, with its path and what to do', async () => {
    for (let length = 0; length < sound.length; length += 1) {
      const error = await errorOf(() => decodeIdx(sound.subarray(0, length), '/data/x', 'mend it'));
      expect(error).toMatchObject({ reason: 'CORRUPT_FILE', metadata: { path: '/data/x' } });
      expect(error.message).toMatch(/^\/data\/x: .*; mend it$/);
    }
  });

  it('is refused when its gzip is cut short or a bit of it fell over', async () => {
    const path = join(await temporaryFolder(), 'file.gz');
    const packed = gzipSync(sound);
    const flipped = Buffer.from(packed);
    flipped[packed.length - 12] ^= 1;
    for (const bytes of [packed.subarray(0, -1), packed.subarray(0, 15), flipped]) {
      await writeFile(path, bytes);
      const error = await errorOf(() => readIdxFile(path, 'mend it'));
      expect(error.reason).toBe('CORRUPT_FILE');
      expect(error.message).toContain('its gzip is damaged or cut short');
    }
  });

  it.each([
    ['another start', Buffer.from('PNG file'), 'is no IDX file: it starts with 504e4720'],
    ['nothing in it', Buffer.alloc(0), 'is no IDX file: it starts with nothing'],
    [
      'floats',
      encodeIdx([1], new Uint8Array(4), 0x0d),
      'its element type is 0x0d, only 0x08 (bytes) is read',
    ],
    [
      'a byte too much',
      Buffer.concat([sound, Buffer.of(1)]),
      'its header (2 x 2 x 3) promises 12 bytes, 13 follow',
    ],
    ['an enormous size', encodeIdx([0xffffffff, 9, 9], new Uint8Array(3)), 'bytes, 3 follow'],
  ])('is refused with %s', async (_, bytes, text) => {
    const error = await errorOf(() => decodeIdx(bytes, 'f', 'mend it'));
    expect(error.reason).toBe('CORRUPT_FILE');
    expect(error.message).toContain(text);
  });

  it('never fails otherwise, whatever its bytes are', async () => {
    const near = fc.tuple(fc.nat(sound.length - 1), fc.nat(255)).map(([at, value]) => {
      const bytes = Buffer.from(sound);
      bytes[at] = value;
      return bytes;
    });
    const any = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
    await fc.assert(
      fc.asyncProperty(fc.oneof(near, any), async (bytes) => {
        const outcome = await Promise.resolve()
          .then(() => decodeIdx(bytes, 'f', 'mend it'))
          .catch((error: unknown) => error);
        const values = (outcome as { values?: Uint8Array }).values;
        if (values === undefined) expect(outcome).toMatchObject({ reason: 'CORRUPT_FILE' });
        else expect(values.length).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});
