import { describe, expect, it } from 'vitest';
import { goldenModels, type GoldenLayer } from './golden.fixture.js';
import { describeModel, listModels, parameterNamesUpTo } from './index.js';

const cifar = { classCount: 100, inputShape: [32, 32, 3] } as const;

describe('a described model', () => {
  it.each(Object.entries(goldenModels()))(
    '%s counts and lays out as the original',
    (architecture, golden) => {
      const model = describeModel({ architecture, ...cifar });
      expect(model.parameterCount).toBe(golden.parameters);
      expect(model.bufferCount).toBe(golden.buffers);
      expect(model.multiplyAdds).toBe(golden.macs);
      expect(describeModel({ architecture, ...cifar, classCount: 10 }).parameterCount).toBe(
        golden.parametersClasses10,
      );
      const withParameters = golden.layers.filter(([, kind]) => ['conv', 'bn', 'dense'].includes(kind));
      expect(rowsOf(model.layers)).toEqual(withParameters.map(comparable));
    },
  );

  it.each(Object.entries(goldenModels()))('%s has the taps of the original', (architecture, golden) => {
    const { taps } = describeModel({ architecture, ...cifar });
    const shapes = Object.fromEntries(taps.map(({ name, shape }) => [name, shape]));
    for (const { name, shape } of golden.taps) expect(shapes[name]).toEqual(shape);
    for (const [place, shape] of golden.preactTaps.entries()) {
      expect(shapes[place === golden.preactTaps.length - 1 ? `f${place}` : `f${place}.preact`]).toEqual(
        shape,
      );
    }
    expect(taps.at(-1)).toEqual({ name: 'logits', shape: [100], role: 'logits' });
    expect(taps.filter(({ role }) => role !== 'block').length).toBe(2 * golden.taps.length);
    const mapCount = golden.taps.length - 2;
    expect(taps.filter(({ role }) => role === 'map').length).toBe(mapCount);
    expect(taps.filter(({ role }) => role === 'preact-map').length).toBe(mapCount);
  });

  it.each([
    ['resnet32x4', 15],
    ['wrn-40-2', 18],
    ['resnet110', 54],
    ['resnet50', 16],
    ['vgg13', 8],
    ['mobilenet-v2', 17],
    ['shufflenet-v1', 16],
    ['shufflenet-v2', 16],
    ['plain-cnn-8', 5],
  ])('%s shows %i blocks, those that end groups as the maps', (architecture, count) => {
    const { taps } = describeModel({ architecture, ...cifar });
    const blocks = taps.filter(({ role }) => role === 'block' || role === 'map');
    expect(blocks.length).toBe(count);
    expect(new Set(taps.map(({ name }) => name)).size).toBe(taps.length);
    for (const { shape } of blocks) expect(shape.length).toBe(3);
  });

  it.each(listModels())('$name names the batch norms ahead of its ReLUs', ({ name }) => {
    const { taps, parameters } = describeModel({ architecture: name, ...cifar });
    const channels = new Map(parameters.map((parameter) => [parameter.name, parameter.shape]));
    const named = taps.filter(({ norm }) => norm !== undefined);
    for (const { norm, shape } of named) {
      expect(channels.get(`${norm}.weight`)).toEqual(shape.slice(2));
      expect(channels.get(`${norm}.running_mean`)).toEqual(shape.slice(2));
    }
    // ShuffleNets put maps beside each other that went through different batch norms.
    const mapCount = taps.filter(({ role }) => role === 'preact-map').length;
    expect(named.length).toBe(name.startsWith('shufflenet') ? 0 : mapCount);
  });

  it.each(listModels())('$name takes small grey images too', ({ name }) => {
    const { taps } = describeModel({ architecture: name, classCount: 10, inputShape: [28, 28, 1] });
    expect(taps.filter(({ role }) => role === 'pooled').length).toBe(1);
    for (const { shape } of taps) expect(Math.min(...shape)).toBeGreaterThan(0);
  });

  it('halves as often as PyTorch on 28 pixels', () => {
    const { taps } = describeModel({ architecture: 'resnet8', classCount: 10, inputShape: [28, 28, 1] });
    const shapes = taps.filter(({ role }) => role === 'map').map(({ shape }) => shape.slice(0, 2));
    expect(shapes).toEqual([[28, 28], [14, 14], [7, 7]]); // prettier-ignore
  });

  it('gives the listed name for every spelling', () => {
    const name = (architecture: string): string =>
      describeModel({ architecture, ...cifar }).config.architecture;
    expect(name('WRN_40_2')).toBe('wrn-40-2');
    expect(name('ShuffleV1')).toBe('shufflenet-v1');
    expect(name('vgg13_bn')).toBe('vgg13');
    expect(name('resnet26')).toBe('resnet26');
  });
});

describe('a model that can not be described', () => {
  const problem = (config: object) => () => describeModel({ architecture: 'resnet8', ...cifar, ...config });

  it('is met with the nearest names', () => {
    expect(problem({ architecture: 'resnet8x5' })).toThrow('did you mean "resnet8x4"');
    expect(problem({ architecture: 'shufflenet-v3' })).toThrow(/did you mean "shufflenet-v[12]"/);
  });

  it('is told which numbers are possible', () => {
    expect(problem({ architecture: 'wrn-17-2' })).toThrow('must be 6n + 4');
    expect(problem({ architecture: 'resnet21' })).toThrow('must be 6n + 2');
    expect(problem({ architecture: 'plain-cnn-0' })).toThrow('from 1 to 1024, found 0');
    expect(problem({ classCount: 0, inputShape: [32, 32, 0] })).toThrow(
      'classCount: must be a whole number from 1, found 0; inputShape: must be [height, width, channels]',
    );
    expect(problem({ architecture: 'vgg8', inputShape: [4, 4, 3] })).toThrow('inputShape: is too small');
  });
});

describe('parameters up to a tap', () => {
  const model = { config: { architecture: 'resnet8', ...cifar } };

  it('are those that the tap depends on', () => {
    const names = parameterNamesUpTo(model, 'f1');
    expect(names).toContain('layer1.0.bn2.running_var');
    expect(names.filter((name) => name.startsWith('layer2'))).toEqual([]);
    expect(parameterNamesUpTo(model, 'f1.preact')).toEqual(names);
    expect(parameterNamesUpTo(model, 'logits').length).toBe(describeModel(model.config).parameters.length);
  });

  it('need a tap that is there', () => {
    expect(() => parameterNamesUpTo(model, 'f9')).toThrow('there is no tap "f9"; did you mean');
  });
});

function rowsOf(layers: ReturnType<typeof describeModel>['layers']): unknown[] {
  return layers
    .filter(({ kind }) => ['conv', 'bn', 'dense'].includes(kind))
    .map(({ name, kind, kernel, stride, pad, groups, output, parameterCount }) =>
      kind === 'conv'
        ? [name, kind, kernel, stride, pad, groups, output, parameterCount]
        : [name, kind, output, parameterCount],
    );
}

function comparable(row: GoldenLayer): unknown[] {
  const [name, kind] = row;
  return kind === 'conv' ? [name, kind, ...row.slice(2, 6), ...row.slice(7)] : [name, kind, ...row.slice(3)];
}
