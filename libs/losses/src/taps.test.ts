import { describe, expect, it } from 'vitest';
import type { Slot } from './loss.js';
import { findLoss } from './registry.js';
import { assignedShapes, assignTaps, checkPairs, resolveTaps, type TapOffer } from './taps.js';

const taps: readonly TapOffer[] = [
  { name: 'f0', shape: [32, 32, 16], role: 'stem' },
  { name: 'f0.preact', shape: [32, 32, 16], role: 'preact-stem' },
  { name: 'f1', shape: [32, 32, 64], role: 'map' },
  { name: 'f1.preact', shape: [32, 32, 64], role: 'preact-map' },
  { name: 'f2', shape: [16, 16, 128], role: 'map' },
  { name: 'f2.preact', shape: [16, 16, 128], role: 'preact-map' },
  { name: 'f3', shape: [8, 8, 256], role: 'map' },
  { name: 'f3.preact', shape: [8, 8, 256], role: 'preact-map' },
  { name: 'f4', shape: [256], role: 'pooled' },
  { name: 'logits', shape: [10], role: 'logits' },
];

const slot = (part: Partial<Slot>): Slot => ({
  name: 'layer',
  kind: 'map',
  repeated: true,
  defaultTaps: 'maps',
  ...part,
});

describe('resolveTaps', () => {
  it.each([
    ['maps', ['f1', 'f2', 'f3']],
    ['last-map', ['f3']],
    ['hint', ['f2']],
    ['stem-and-maps', ['f0', 'f1', 'f2', 'f3']],
    ['preact-stem', ['f0.preact']],
    ['preact-maps', ['f1.preact', 'f2.preact', 'f3.preact']],
    ['maps-and-pooled', ['f1', 'f2', 'f3', 'f4']],
    ['preact-maps-and-pooled', ['f1.preact', 'f2.preact', 'f3.preact', 'f4']],
  ] as const)('fills a slot by the choice %s', (defaultTaps, names) => {
    expect(resolveTaps(slot({ defaultTaps }), taps)).toEqual(names);
  });

  it('takes tap names, and choices, that the recipe gives', () => {
    expect(resolveTaps(slot({}), taps, ['f3', 'f1'])).toEqual(['f3', 'f1']);
    expect(resolveTaps(slot({}), taps, 'f2')).toEqual(['f2']);
    expect(resolveTaps(slot({}), taps, 'last-map')).toEqual(['f3']);
  });

  it('refuses an unknown tap and names the nearest', () => {
    expect(() => resolveTaps(slot({}), taps, ['f1', 'f2.preakt'])).toThrow(
      'there is no tap "f2.preakt"; did you mean "f2.preact"',
    );
  });

  it('refuses a tap of the wrong kind, too many taps, none, and a choice that the model lacks', () => {
    expect(() => resolveTaps(slot({}), taps, 'logits')).toThrow(
      'taps.layer: needs a map, found tap "logits" of shape [10]',
    );
    expect(() => resolveTaps(slot({ repeated: false }), taps, ['f1', 'f2'])).toThrow(
      'takes one tap, found 2: f1, f2',
    );
    expect(() => resolveTaps(slot({}), taps, [])).toThrow('at least one tap is needed');
    const bare = taps.filter(({ role }) => role !== 'preact-map');
    expect(() => resolveTaps(slot({ defaultTaps: 'preact-maps' }), bare)).toThrow(
      'no tap of role "preact-map"',
    );
    expect(() => resolveTaps(slot({ kind: 'embedding', repeated: false }), taps, 'f3')).toThrow(
      'needs a embedding',
    );
  });
});

describe('assignTaps', () => {
  it('numbers the taps of a repeated slot and gives their shapes', () => {
    const assignment = assignTaps(findLoss('at').student, {}, taps, { layer: ['f1', 'f3'] });
    expect(assignment).toEqual({ layer1: 'f1', layer2: 'f3' });
    expect(assignedShapes(assignment, taps)).toEqual({ layer1: [32, 32, 64], layer2: [8, 8, 256] });
  });

  it('leaves out slots that the parameters do not use, and optional ones nobody named', () => {
    const slots = [
      slot({ when: (params) => params.maps === true }),
      slot({ name: 'factor', repeated: false, optional: true }),
    ];
    expect(assignTaps(slots, { maps: false }, taps)).toEqual({});
    expect(assignTaps(slots, { maps: false }, taps, { factor: 'f3' })).toEqual({ factor: 'f3' });
    expect(Object.keys(assignTaps(slots, { maps: true }, taps))).toEqual(['layer1', 'layer2', 'layer3']);
  });

  it('refuses a slot that the loss does not have', () => {
    expect(() => assignTaps(findLoss('kd').student, {}, taps, { logit: 'logits' })).toThrow(
      'there is no slot "logit"; did you mean "logits"',
    );
  });

  it('refuses unequal numbers of taps where they pair one with one', () => {
    const at = findLoss('at');
    const side = (...names: string[]) => assignTaps(at.student, {}, taps, { layer: names });
    expect(() => checkPairs(at, side('f1', 'f2'), side('f1'))).toThrow(
      'student taps (f1, f2) and teacher taps (f1) pair one with one',
    );
    expect(() => checkPairs(at, side('f1'), side('f3'))).not.toThrow();
  });
});
