import type { LoadedData } from '@lyceum/data';
import type { AttentionMaps } from '../evaluation.js';
import { type Html, html } from '../page/html.js';
import { pngUri } from '../page/png.js';
import type { ReportModel } from '../summary/report-model.js';

/** Where networks look in the first test images; nothing for a run whose networks don't tell. */
export async function attention({ evaluations, data }: ReportModel): Promise<Html | undefined> {
  const tasks = Object.entries(evaluations).flatMap(([task, evaluation]) =>
    evaluation?.attention === undefined ? [] : [[task, evaluation.attention] as const],
  );
  if (tasks.length === 0 || data === undefined) return undefined;
  const networks = tasks.map(
    async ([task, taps]) =>
      html`<h3>${task}</h3>
        <ul class="attended">
          ${await samples(taps, data)}
        </ul>`,
  );
  return html`<section id="attention" aria-labelledby="attention-title">
    <h2 id="attention-title">Where the networks look</h2>
    <p>
      The first test images, in the order of the test set, not picked. Each map is shown from its least value
      to its greatest, which are written below it; the more orange, the more of it.
    </p>
    ${await Promise.all(networks)}
  </section>`;
}

/** One map of one sample, as it is named. */
interface NamedMap {
  readonly name: string;
  readonly size: readonly [height: number, width: number];
  readonly values: readonly number[];
}

function samples(taps: readonly AttentionMaps[], data: LoadedData): Promise<Html[]> {
  const count = Math.min(data.test.count, ...taps.map((tap) => tap.samples.length));
  const figures = Array.from({ length: count }, async (_, index) => {
    const label = data.classes[data.test.labels[index]];
    const pixels = data.test.images.subarray(index * data.sampleSize, (index + 1) * data.sampleSize);
    const image = {
      uri: await pngUri(pixels, data.shape),
      alt: `Test image ${index}: ${label}`,
      caption: 'image',
    };
    const maps = taps
      .flatMap((tap) => mapsOf(tap, index))
      .map(async (map) => {
        const [least, greatest] = [Math.min(...map.values), Math.max(...map.values)];
        const alt = `${map.name} of test image ${index}`;
        const caption = html`${map.name}<br />${digits(least)} to ${digits(greatest)}`;
        return { uri: await overlay(pixels, data.shape, map, least, greatest), alt, caption };
      });
    const [height, width] = data.shape;
    const shown = [image, ...(await Promise.all(maps))].map(
      ({ uri, alt, caption }) =>
        html`<figure>
          <img src="${uri}" alt="${alt}" width="${width}" height="${height}" />
          <figcaption>${caption}</figcaption>
        </figure>`,
    );
    return html`<li>
      <strong>${label}</strong>
      <div class="maps">${shown}</div>
    </li>`;
  });
  return Promise.all(figures);
}

function mapsOf({ tap, shape: [height, width, count], samples }: AttentionMaps, index: number): NamedMap[] {
  return Array.from({ length: count }, (_, map) => ({
    name: count === 1 ? tap : `${tap} ${map + 1}`,
    size: [height, width],
    values: samples[index].filter((_, place) => place % count === map),
  }));
}

const digits = (value: number): string => String(Number(value.toPrecision(2)));

const orange = [255, 132, 10];

/** The image in grey with a map laid over it, as a PNG in a data URI. */
function overlay(
  pixels: Uint8Array,
  [height, width, channels]: LoadedData['shape'],
  { size, values }: NamedMap,
  least: number,
  greatest: number,
): Promise<string> {
  const mixed = new Uint8Array(height * width * 3);
  for (let place = 0; place < height * width; place += 1) {
    const row = Math.floor((Math.floor(place / width) * size[0]) / height);
    const column = Math.floor(((place % width) * size[1]) / width);
    const share = greatest > least ? (values[row * size[1] + column] - least) / (greatest - least) : 0;
    const own = pixels.subarray(place * channels, (place + 1) * channels);
    const grey = 0.7 * (own.reduce((sum, value) => sum + value, 0) / channels);
    orange.forEach((value, c) => (mixed[3 * place + c] = (1 - 0.75 * share) * grey + 0.75 * share * value));
  }
  return pngUri(mixed, [height, width, 3]);
}
