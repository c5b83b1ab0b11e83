import { fillBatch, loadDataSet } from '@lyceum/data';
import { tf } from '@lyceum/engine';
import { describeModel } from '@lyceum/models';
import type { HostTensor } from '@lyceum/tensor';
import { expect } from 'vitest';
import { trainCount } from './tiny-recipe.js';
import { ofFashion, type TinyRun } from './tiny-run.js';

/** What must be true of a run of the recipes whose networks attend to places. */
export const attentionFacts: Readonly<
  Record<string, readonly [says: string, fact: (run: TinyRun) => Promise<void>]>
> = {
  'br-npa': [
    'maps sum to 1, the first covers the most active region, and a finer network has no more parameters',
    async (run) => {
      const [low, high] = ['low', 'br-npa'].map((task) => run.task(task).results.parameterCount);
      expect(high).toBe(low);
      expect(run.task('br-npa').results.receivedBytes).toBe(trainCount * 10 * 4);
      for (const [task, side] of [
        ['low', 7],
        ['high', 14],
        ['br-npa', 14],
      ] as const) {
        // prettier-ignore
        const [maps, ...others] = (await run.evaluation(task)).attention ?? [];
        expect([maps?.tap, maps?.shape, others]).toEqual(['attention', [side, side, 3], []]);
        for (const sample of maps?.samples ?? []) {
          for (const sum of sumsByMap(sample, 3)) expect(sum).toBeCloseTo(1, 2);
        }
        const [first, second, third] = await strengths(run, task);
        expect([task, first > Math.max(second, third)]).toEqual([task, true]);
      }
    },
  ],
  cdgc: [
    'the encoder never sees a category, and the classifiers that attend to its code leave it as it is',
    async (run) => {
      const [context, told] = [await run.weights('context'), await run.weights('told')];
      const users = { probe: context, 'probe-told': told, gated: context, 'gated-told': told };
      expect(encoderOf(context)).not.toEqual(encoderOf(told));
      for (const [task, source] of Object.entries(users)) {
        expect([task, encoderOf(await run.weights(task))]).toEqual([task, encoderOf(source)]);
        const optimized = [...(await run.checkpoint(task)).keys()].filter((name) =>
          /^optimizer\//.test(name),
        );
        expect([task, optimized.some((name) => name.includes('encoder'))]).toEqual([task, false]);
      }
      expect(await run.changedLayers('gated')).toEqual(
        expect.arrayContaining(['conv1', 'fc', 'gate1', 'gate2', 'gate3', 'layer3']),
      );
      const saved = await run.checkpoint('context');
      expect(saved.get('model/encoder.conv1.weight')?.shape).toEqual([3, 3, 1, 16]);
      expect(saved.get('adapter/cdgc/decoder.conv0.kernel')?.shape).toEqual([3, 3, 16 + 10, 16]);
      // The classifier's turn: of ten categories it knows none yet. Then the decoder's: an image of unit variance.
      const [turn, otherTurn] = run.steps('context').map(({ losses }) => losses.cdgc);
      expect(Math.abs(turn - Math.log(10))).toBeLessThan(0.3);
      expect(otherTurn).toBeLessThan(1.3);
      const gates = (await run.evaluation('gated')).attention ?? [];
      expect(gates.map(({ tap, shape }) => [tap, ...shape])).toEqual([
        ['f1.attention', 28, 28, 1],
        ['f2.attention', 14, 14, 1],
        ['f3.attention', 7, 7, 1],
      ]);
    },
  ],
};

function sumsByMap(values: readonly number[], count: number): number[] {
  return Array.from({ length: count }, (_, map) =>
    values.reduce((sum, value, place) => sum + (place % count === map ? value : 0), 0),
  );
}

/** Mean length of the last map's features under each attention map, over some test images. */
async function strengths(run: TinyRun, task: string): Promise<number[]> {
  const model = await run.model(task);
  const data = await loadDataSet({ name: 'fashion-mnist', trainLimit: 10, testLimit: 20 });
  const indices = Int32Array.from({ length: 10 }, (_, index) => index);
  const pixels = new Float32Array(indices.length * data.sampleSize);
  fillBatch(data, 'test', indices, 0, undefined, pixels);
  const found: number[] = [];
  tf.tidy(() => {
    const images = tf.tensor4d(pixels, [indices.length, ...data.shape]);
    const { f3, attention } = model.forward(images, ['f3', 'attention'], { training: false });
    const lengths = tf.sqrt(tf.sum(tf.square(f3), 3, true));
    found.push(...tf.mean(tf.sum(tf.mul(attention, lengths), [1, 2]), 0).dataSync());
  });
  model.dispose();
  return found;
}

function encoderOf(tensors: ReadonlyMap<string, HostTensor>): [name: string, values: string][] {
  const names = describeModel({ ...ofFashion, architecture: 'cdgc-context-16' }).parameters;
  const own = names.map(({ name }) => name).filter((name) => name.startsWith('encoder.'));
  expect(own).toContain('encoder.bn1.running_mean');
  return own.map((name) => [name, Array.from(tensors.get(name)?.data ?? [], Number).join()]);
}
