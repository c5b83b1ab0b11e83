import { catalogue } from '@lyceum/recipes';
import { describe, expect, it } from 'vitest';
import { figuresText, lossText } from './loss-text.js';

const { usualPair } = catalogue;

describe('the text of a loss', () => {
  it('tells equation, taps, parameters with their ranges, and what it needs', () => {
    const text = lossText(catalogue.loss('kd'));
    expect(text).toMatch(/^kd: /);
    expect(text).toMatch(/^L = /m);
    expect(text).toMatch(/^temperature +4 +above 0 /m);
    expect(text).toMatch(/^teacher +logits +logits +logits$/m);
    expect(text).toContain('learns from one teacher or peer');
  });

  it('tells what a parameter may be', () => {
    expect(lossText(catalogue.loss('at'))).toMatch(/^p +2 +whole, from 1 to 8 /m);
    const text = lossText(catalogue.loss('mimkd'));
    expect(text).toMatch(/^hidden +512 +whole, from 1 /m);
    expect(text).toMatch(/^shift +false +true \| false /m);
  });

  it('tells several teachers, and taps that nothing fills by itself', () => {
    expect(lossText(catalogue.loss('liaad'))).toContain('learns from 2 teachers');
    expect(lossText(catalogue.loss('mimkd'))).toMatch(
      /^student +positiveScores +embedding +none: optional$/m,
    );
    expect(lossText(catalogue.loss('ce'))).toContain('needs no teacher');
  });

  it('tells key shapes and bytes against the taps', async () => {
    const text = figuresText(await catalogue.lossFigures('at'), usualPair);
    expect(text).toContain('resnet32x4 to resnet8x4, 32x32x3 images, 100 classes:');
    expect(text).toContain("student's taps: f1, f2, f3\nteacher's taps: f1, f2, f3");
    expect(text).toMatch(/^layer1\.attention +N x 1024$/m);
    expect(text).toContain("5,376 bytes a sample: 1.2 % of the taps' 458,752 bytes");
    expect(text).toContain('keeps no state');
  });

  it('tells the batch where a key grows with it', async () => {
    const text = figuresText(await catalogue.lossFigures('sp'), usualPair);
    expect(text).toMatch(/^layer1\.gram +N x N$/m);
    expect(text).toContain('256 bytes a sample, batch 64');
  });

  it('tells what is trained and what is kept', async () => {
    const text = figuresText(await catalogue.lossFigures('crd'), usualPair);
    expect(text).toContain('65,792 parameters trained beside the student');
    expect(text).toContain('51,200,008 bytes of state for 50,000 training samples');
  });
});
