import { losses } from '@lyceum/losses';
import { lossCases, operatorCases } from '@lyceum/losses/conformance';
import { catalogue } from '@lyceum/recipes';
import { encodingsPart } from './encoding-table.js';
import { pathErrorsPart, stepsPart } from './error-tables.js';
import { lossSection } from './loss-section.js';
import { count } from './markdown.js';
import type { Measured } from './measured.js';
import { wirePart } from './wire-table.js';

const pair = catalogue.usualPair;

/** `docs/losses.md`: all of it follows from the registry and the vectors of a folder, but for what was measured. */
export async function lossesPage(golden: string, measured: Measured): Promise<string> {
  const [cases, steps] = await Promise.all([lossCases(golden), operatorCases(golden)]);
  const ids = [...losses.keys()];
  const sections = await Promise.all([...losses.values()].map((module) => lossSection(module, pair, cases)));
  const { teacher, student, inputShape, classCount, sampleCount } = pair;
  const parts = [
    '# Losses',
    '<!-- Made from the registry, the recorded vectors and running services by `npm run losses:docs`. -->',
    'One file a loss in `libs/losses/src/methods/`, with its vectors in `test/golden/`. `lyceum losses show <id>` tells the same of one loss, and its costs for any other pair of networks. Recorded numbers are what value and gradient are held against; what they rest on is said with each loss, also where it is no more than our own reading.',
    `Taps, keys, adapters, state and bytes are those of ${teacher} to ${student} on ${inputShape.join('x')} images, ${count(classCount)} classes and ${count(sampleCount)} training samples, with default parameters. N is the batch. Adapters are trained with the student and dropped on export; state is kept between steps. [How exact](#how-exact), [What crosses the wire](#what-crosses-the-wire), [What encodings cost](#what-encodings-cost), [Steps that are not losses](#steps-that-are-not-losses).`,
    '## Each loss',
    ...sections,
    '## How exact',
    pathErrorsPart(ids, cases, measured),
    '## What crosses the wire',
    await wirePart(ids, pair, measured),
    '## What encodings cost',
    encodingsPart(cases, pair, measured),
    '## Steps that are not losses',
    stepsPart(steps, measured),
  ];
  return `${parts.join('\n\n')}\n`;
}
