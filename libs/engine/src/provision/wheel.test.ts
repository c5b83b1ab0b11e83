import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { downloadWheel } from './download-wheel.js';
import { unpackWheel } from './unpack-wheel.js';
import { chooseWheel } from './wheel-choice.js';

// A wheel of three files, tagged like TensorFlow's, and pip told to look at nothing but its folder.
const makeWheel = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1] + '/tensor_small-2.18.0-cp311-cp311-manylinux_2_17_x86_64.whl', 'w', zipfile.ZIP_DEFLATED) as wheel:
    info = 'tensor_small-2.18.0.dist-info/'
    files = {'tensor/lib.so.2': 'library' * 1000, 'tensor/include/c/a.h': 'header', 'tensor/other.py': 'code',
             info + 'METADATA': 'Metadata-Version: 2.1\\nName: tensor-small\\nVersion: 2.18.0\\n',
             info + 'WHEEL': 'Wheel-Version: 1.0\\nRoot-Is-Purelib: false\\nTag: cp311-cp311-manylinux_2_17_x86_64\\n'}
    for name, text in files.items(): wheel.writestr(name, text)
    wheel.writestr(info + 'RECORD', ''.join(name + ',,\\n' for name in files))
`;
const choice = {
  requirement: 'tensor-small==2.18.0',
  pythonVersion: '3.11',
  platforms: ['manylinux_2_17_x86_64'],
};
const silent = () => undefined;

describe('a wheel', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'lyceum-wheel-'));
    vi.stubEnv('PIP_NO_INDEX', '1');
    vi.stubEnv('PIP_FIND_LINKS', root);
    execFileSync('python3', ['-c', makeWheel, root]);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(root, { recursive: true });
  });

  const download = () => downloadWheel('python3', choice, join(root, 'downloads'), silent);

  it('is fetched by pip for another Python and platform than the ones at hand', async () => {
    const wheel = await download();
    expect(existsSync(wheel)).toBe(true);
    expect(await readdir(join(root, 'downloads'))).toEqual([
      'tensor_small-2.18.0-cp311-cp311-manylinux_2_17_x86_64.whl',
    ]);
  });

  it('is not fetched again when an interrupted run has left it complete', async () => {
    const wheel = await download();
    vi.stubEnv('PIP_FIND_LINKS', '/nowhere');
    expect(await download()).toBe(wheel);
  });

  it('that pip does not find is reported with what to look at', async () => {
    vi.stubEnv('PIP_FIND_LINKS', '/nowhere');
    await expect(download()).rejects.toMatchObject({
      reason: 'UNREACHABLE',
      message: expect.stringMatching(
        /pip can not fetch tensor-small==2\.18\.0 \(.+\); check pip's index/,
      ) as string,
    });
    expect(await readdir(join(root, 'downloads'))).toEqual([]);
  });

  it('gives only the parts asked for, at the places asked for', async () => {
    const target = join(root, 'target');
    const sizes: [number, number][] = [];
    const wanted = { 'tensor/lib.so.2': 'deps/lib/lib.so.2', 'tensor/include/': 'include/' };
    await unpackWheel('python3', await download(), target, wanted, (_phase, _text, done = 0, total = 0) => {
      sizes.push([done, total]);
    });
    const files = await readdir(target, { recursive: true, withFileTypes: true });
    expect(
      files
        .filter((file) => file.isFile())
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['a.h', 'lib.so.2']);
    expect(await readFile(join(target, 'include', 'c', 'a.h'), 'utf8')).toBe('header');
    expect(sizes.at(-1)).toEqual([7006, 7006]);
  });

  it('that is cut off or lacks a part is refused and deleted', async () => {
    const target = join(root, 'target');
    const wheel = await download();
    const lacking = unpackWheel('python3', wheel, target, { 'tensor/nothing.so': 'x' }, silent);
    await expect(lacking).rejects.toMatchObject({
      reason: 'CORRUPT_FILE',
      message: expect.stringContaining('not in the wheel: tensor/nothing.so') as string,
    });
    expect(existsSync(wheel)).toBe(false);
    const fresh = await download();
    await writeFile(fresh, (await readFile(fresh)).subarray(0, 500));
    const cut = unpackWheel('python3', fresh, target, { 'tensor/lib.so.2': 'x' }, silent);
    await expect(cut).rejects.toMatchObject({ reason: 'CORRUPT_FILE' });
    expect(existsSync(fresh)).toBe(false);
  });

  it('is chosen by variant and machine', () => {
    expect(chooseWheel('cpu', 'linux-x64')).toMatchObject({ requirement: 'tensorflow-cpu==2.18.0' });
    expect(chooseWheel('gpu', 'linux-x64')).toMatchObject({ requirement: 'tensorflow==2.18.0' });
    expect(chooseWheel('cpu', 'linux-arm64')).toMatchObject({
      platforms: ['manylinux_2_17_aarch64', 'manylinux2014_aarch64'],
    });
    expect(chooseWheel('gpu', 'linux-arm64')).toBeUndefined();
    expect(chooseWheel('cpu', 'win32-x64')).toBeUndefined();
  });
});
