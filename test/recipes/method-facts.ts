import { expect } from 'vitest';
import { attentionFacts } from './attention-facts.js';
import { embeddingFacts } from './embedding-facts.js';
import { imageFacts } from './image-facts.js';
import { sizeFacts } from './size-facts.js';
import { trainCount } from './tiny-recipe.js';
import type { TinyRun } from './tiny-run.js';

type Fact = (run: TinyRun) => Promise<void> | void;

/** What must be true of a run of each recipe of the library for it to be the method that it is named after. */
export const methodFacts: Readonly<Record<string, readonly [says: string, fact: Fact]>> = {
  ...attentionFacts,
  ...embeddingFacts,
  ...imageFacts,
  ...sizeFacts,
  kd: [
    'one row of logits a sample crosses the wire, and labels have a tenth of the loss',
    (run) => {
      expect(receivedPerSample(run, 'kd')).toBe(10 * 4);
      for (const { loss, losses } of run.steps('kd'))
        expect(loss).toBeCloseTo(0.1 * losses.ce + 0.9 * losses.kd, 4);
    },
  ],
  at: [
    'attention maps cross the wire, one number a place',
    (run) => expect(receivedPerSample(run, 'at')).toBe((28 * 28 + 14 * 14 + 7 * 7) * 4),
  ],
  vid: [
    "every channel's variance is trained",
    async (run) => {
      const saved = await run.checkpoint('vid');
      const start = Math.log(Math.exp(5 - 1e-5) - 1);
      for (const layer of [1, 2, 3]) {
        const scales = [...dataOf(saved, `adapter/vid/layer${layer}.logScale`)];
        for (const scale of scales) expect(Math.abs(scale - start)).toBeGreaterThan(1e-4);
        expect(new Set(scales).size).toBeGreaterThan(1);
      }
    },
  ],
  sp: [
    "a sample's key is its row of the batch's Gram matrix",
    (run) => expect(receivedPerSample(run, 'sp')).toBe(64 * 4),
  ],
  rkd: [
    'distances and angles add up to both',
    (run) => {
      const [distance, angle, both] = ['distance', 'angle', 'both'].map((task) => run.first(task).rkd);
      expect(Math.min(distance, angle)).toBeGreaterThan(0);
      expect(both).toBeCloseTo(distance + angle, 3);
    },
  ],
  'hint-points': [
    'the selection picks as many of the nine blocks as asked, and the student learns from those',
    async (run) => {
      const taps = await run.selectedTaps('points');
      expect(taps).toEqual([...new Set(taps)]);
      expect(taps).toHaveLength(3);
      expect(run.task('points').results).toMatchObject({ points: 3, layers: 9 });
      expect(run.task('hinted').dependsOn).toContain('points');
      // The same network and batch; only the teacher's layers differ, where other ones than the ends were picked.
      expect(run.first('hinted').ce).toBe(run.first('ends').ce);
      const areEnds = taps.join() === 'f1,f2,f3';
      expect(run.first('hinted').at === run.first('ends').at).toBe(areEnds);
    },
  ],
  fsp: [
    'the first stage has no task loss and leaves the classifier alone; the second starts from it and has nothing else',
    async (run) => {
      await startsWithFeatures(run, 'flow', ['fsp'], ['bn1', 'conv1', 'layer1', 'layer2', 'layer3']);
      startsFrom(run, 'fsp', 'alone');
      expect(Object.keys(run.first('fsp'))).toEqual(['ce']);
      expect(run.training('fsp').teachers).toEqual([]);
    },
  ],
  fitnets: [
    'the hint stage leaves later layers untouched; the second stage trains all of them',
    async (run) => {
      await startsWithFeatures(run, 'hint', ['fitnet'], ['bn1', 'conv1', 'layer1', 'layer2']);
      startsFrom(run, 'fitnet', 'alone');
      const all = ['bn1', 'conv1', 'fc', 'layer1', 'layer2', 'layer3'];
      expect(await run.changedLayers('fitnet')).toEqual(all);
      expect(run.task('hint').results.adapterParameterCount).toBe(32 * 32 + 3 * 32);
    },
  ],
  sokd: [
    'the bridge gets gradients, and the student none of the teacher itself',
    async (run) => {
      const saved = await run.checkpoint('sokd');
      // They start at 0, where weight decay does nothing.
      const shifts = [...saved.keys()].filter((name) =>
        /^adapter\/sokd\/bridge\..*\.(beta|bias)$/.test(name),
      );
      expect(shifts).toHaveLength(8);
      for (const name of shifts) expect(Math.max(...dataOf(saved, name).map(Math.abs))).toBeGreaterThan(1e-6);
      expect(run.training('sokd').losses.map(({ loss }) => loss)).toEqual(['sokd']);
    },
  ],
  'born-again': [
    'generations start afresh, differ, and each is taught by the one before',
    (run) => {
      const generations = ['alone', 'again/1', 'again/2', 'again/3'];
      expect(new Set(digests(run, [...generations, 'cwtm', 'dkpp'])).size).toBe(6);
      expect(run.trainings.filter(({ init }) => init !== undefined)).toEqual([]);
      generations.slice(1).forEach((name, i) => {
        expect(run.task(name).dependsOn).toEqual([generations[i]]);
        expect(Object.keys(run.first(name))).toEqual(['ban']);
      });
      const sizes = [2, 3, 4].map((size) => run.task(`ensemble-${size}`).results.networkCount);
      expect(sizes).toEqual([2, 3, 4]);
    },
  ],
  mimkd: [
    'there is a critic a level, and each starts not knowing',
    async (run) => {
      const levels = { global: ['global'], 'global-local': ['global', 'local'] };
      const all = { ...levels, mimkd: ['feature', 'global', 'local'] };
      for (const [task, wanted] of Object.entries(all)) {
        const names = [...(await run.checkpoint(task)).keys()];
        const critics = names.flatMap((name) => /^adapter\/mimkd\/(\w+)\./.exec(name)?.[1] ?? []);
        expect([...new Set(critics)].sort()).toEqual(wanted);
        const start = run.first(task).mimkd / wanted.length;
        expect(Math.abs(start - 2 * Math.log(2))).toBeLessThan(0.2);
      }
    },
  ],
  crd: ['the memory bank is in the checkpoint, with every image seen', (run) => keepsBank(run)],
  rtk: [
    'nine maps of the teacher are keys for three of the student; means and attention cross the wire',
    async (run) => {
      const perSample = 3 * (16 + 28 * 28 + 32 + 14 * 14 + 64 + 7 * 7) * 4;
      const logits = 10 * 4;
      for (const task of ['afd', 'soft', 'rtk'])
        expect(receivedPerSample(run, task)).toBe(perSample + logits);
      const names = [...(await run.checkpoint('rtk')).keys()];
      const count = (pattern: RegExp) => names.filter((name) => pattern.test(name)).length;
      expect([count(/^adapter\/rtk\/query\d/), count(/^adapter\/rtk\/key\d/)]).toEqual([3, 9]);
      // One network and one batch: what differs is which keys are left.
      expect(run.first('rtk').ce).toBe(run.first('soft').ce);
      expect(run.first('rtk').rtk).not.toBe(run.first('soft').rtk);
    },
  ],
  dml: [
    'peers differ, and what they tell each other depends on who is there',
    (run) => {
      const peers = ['pair/a', 'pair/b', 'trio/a', 'trio/b', 'trio/c'];
      expect(new Set(digests(run, ['alone', ...peers])).size).toBe(6);
      expect(run.trainings.flatMap(({ teachers }) => teachers)).toEqual([]);
      for (const peer of ['a', 'b']) {
        // The same network and batch in both, but one more peer in the one.
        expect(run.first(`trio/${peer}`).ce).toBe(run.first(`pair/${peer}`).ce);
        expect(run.first(`trio/${peer}`).dml).not.toBe(run.first(`pair/${peer}`).dml);
      }
      expect(run.first('pair/a').dml).not.toBe(run.first('pair/b').dml);
    },
  ],
  across: [
    'teacher and student are of different architectures, and stages keep to their layers',
    async (run) => {
      const students = run.trainings.filter(({ teachers }) => teachers.length > 0);
      for (const { model, teachers } of students) {
        expect(model.architecture).toMatch(/^plain-cnn/);
        expect(teachers[0].architecture).toMatch(/^resnet/);
      }
      await startsWithFeatures(run, 'flow', ['fsp'], ['group1', 'group2', 'group3']);
      await startsWithFeatures(run, 'hint', ['fitnet'], ['group1', 'group2']);
      startsFrom(run, 'fsp', 'alone');
      startsFrom(run, 'fitnet', 'alone');
      await keepsBank(run);
    },
  ],
  extras: [
    "boundaries are learned without labels, and are the teacher's signs; the other losses stand beside labels",
    async (run) => {
      await startsWithFeatures(run, 'boundaries', ['ab'], ['group1', 'group2', 'group3']);
      startsFrom(run, 'ab', 'alone');
      const maps = 28 * 28 * 16 + 14 * 14 * 32 + 7 * 7 * 64;
      expect(receivedPerSample(run, 'ofd')).toBe(maps * 4);
      expect(receivedPerSample(run, 'boundaries')).toBeLessThan(maps);
      expect(receivedPerSample(run, 'kdsvd')).toBe((16 + 32 + 64) * 4);
      const names = ['cc', 'pkt', 'nst', 'kdsvd', 'ft', 'dkd', 'reviewkd', 'dist', 'ofd', 'irg'];
      for (const name of names) expect(Object.keys(run.first(name)).sort()).toEqual(['ce', name].sort());
      expect(new Set(digests(run, ['alone', ...names])).size).toBe(11);
      // The teacher's factors are made by what was trained beside it, which leaves the teacher as it is.
      expect(digests(run, ['paraphraser'])).toEqual(digests(run, ['teacher']));
    },
  ],
  'fashion-mnist': [
    'a student of another architecture learns logits, and attention by another name',
    (run) => {
      expect(receivedPerSample(run, 'kd')).toBe(10 * 4);
      expect(receivedPerSample(run, 'at')).toBe((28 * 28 + 14 * 14 + 7 * 7) * 4);
    },
  ],
  'two-teachers': [
    'both teachers send keys, and distillation sets in from nothing',
    (run) => {
      const [first, second] = run.steps('both');
      expect(first.loss).toBeCloseTo(0.1 * first.losses.ce + 500 * first.losses.at, 4);
      expect(second.losses.kd).toBeGreaterThan(0);
      expect(run.training('both').teachers.map(({ name }) => name)).toEqual(['wide', 'deep']);
      expect(receivedPerSample(run, 'both')).toBeGreaterThan(2 * (28 * 28 + 14 * 14 + 7 * 7) * 4);
    },
  ],
};

const receivedPerSample = (run: TinyRun, task: string): number =>
  run.task(task).results.receivedBytes / trainCount;

const digests = (run: TinyRun, tasks: readonly string[]): (string | undefined)[] =>
  tasks.map((task) => run.task(task).artifacts.weightsDigest);

function dataOf(tensors: Awaited<ReturnType<TinyRun['checkpoint']>>, name: string): number[] {
  const found = tensors.get(name);
  if (found === undefined) throw new Error(`there is no "${name}" among ${[...tensors.keys()].join(', ')}`);
  return Array.from(found.data, Number);
}

/** A stage has these losses only, and changes all of these layers only. */
async function startsWithFeatures(
  run: TinyRun,
  task: string,
  losses: readonly string[],
  layers: readonly string[],
): Promise<void> {
  expect(Object.keys(run.first(task))).toEqual(losses);
  expect(await run.changedLayers(task)).toEqual(layers);
}

/** A stage starts from an earlier one: another of the same seed and batches has other labels' losses at first. */
function startsFrom(run: TinyRun, task: string, fresh: string): void {
  expect(run.training(task).seed).toBe(run.training(fresh).seed);
  expect(run.first(task).ce).not.toBe(run.first(fresh).ce);
}

async function keepsBank(run: TinyRun): Promise<void> {
  const saved = await run.checkpoint('crd');
  for (const bank of ['memoryStudent', 'memoryTeacher']) {
    const rows = dataOf(saved, `state/crd/${bank}`);
    expect(rows).toHaveLength(trainCount * 128);
    // A row that was seen is of length 1, one that was not is shorter or longer.
    const lengths = Array.from({ length: trainCount }, (_, row) =>
      Math.hypot(...rows.slice(128 * row, 128 * row + 128)),
    );
    for (const length of lengths) expect(length).toBeCloseTo(1, 4);
  }
  for (const z of ['zStudent', 'zTeacher']) expect(dataOf(saved, `state/crd/${z}`)[0]).toBeGreaterThan(0);
}
