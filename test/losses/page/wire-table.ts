import { figuresOf, type Figures, type Pair } from '../figures-of.js';
import { count, markdownTable } from './markdown.js';
import { firstTitles, rowName, type Measured } from './measured.js';

/** Bytes on the wire for a pair of networks, of all losses that learn from somebody. */
export async function wirePart(ids: readonly string[], pair: Pair, measured: Measured): Promise<string> {
  const figures = await Promise.all(ids.map(async (id) => ({ id, ...(await figuresOf(id, pair)) })));
  const rows = figures.filter(({ sources }) => sources.length > 0).map((row) => wireRow(row, measured));
  const { batchSize, teacher } = pair;
  return [
    `Bytes a sample in FP32. Measured: the key in the messages that answer a batch of ${batchSize} (numbers, names, shapes and heads), on a stream from a ${teacher} teacher in a process of its own, divided by ${batchSize} and rounded up. Numbers: those of the key alone. Raw taps: the numbers of the taps that the key is made of. Encodings make [less of it](#what-encodings-cost).`,
    markdownTable([...firstTitles.bytes, 'numbers', 'raw taps', 'share'], rows),
  ].join('\n\n');
}

function wireRow(
  { id, keyBytesPerSample, rawBytesPerSample }: Figures & { readonly id: string },
  { bytes }: Measured,
): string[] {
  const measured = bytes.get(rowName.loss(id))?.fp32;
  const share = (100 * keyBytesPerSample) / rawBytesPerSample;
  return [
    rowName.loss(id),
    measured === undefined ? 'not measured' : count(measured),
    count(keyBytesPerSample),
    count(rawBytesPerSample),
    `${share >= 10 ? share.toFixed(0) : share.toPrecision(2)} %`,
  ];
}
