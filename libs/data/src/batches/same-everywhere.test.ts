import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const program = `
  import { createHash } from 'node:crypto';
  import { batchIndices, batchOrder, fillBatch, loadDataSet } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};
  const data = await loadDataSet({ name: 'synthetic:32x32x3/10', trainLimit: 300, testLimit: 1 });
  const hash = createHash('sha256').update(data.digest);
  const augmentation = { padCropPixels: 4, flip: true, cutoutPixels: 8, seed: 42 };
  for (const epoch of [0, 1, 7]) {
    const order = batchOrder({ seed: 42, epoch, count: 300 });
    hash.update(order);
    for (let batch = 0; batch < 3; batch += 1) {
      const indices = batchIndices(order, 64, batch);
      hash.update(fillBatch(data, 'train', indices, epoch, augmentation));
    }
  }
  console.log(hash.digest('hex'));
`;

function batchesOfAnotherProcess(): string {
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout.trim();
}

describe('order and augmentation', () => {
  it('are the same bits in every process and in every version', () => {
    const [first, second] = [batchesOfAnotherProcess(), batchesOfAnotherProcess()];
    expect(second).toBe(first);
    expect(first).toBe('0252b41227631ca0655fd6830cec3b91b50ed2f9e79d6e5460c00a3a49f07b05');
  });
});
