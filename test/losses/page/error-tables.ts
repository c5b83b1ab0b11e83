import { operators } from '@lyceum/losses';
import type { LossCase, OperatorCase } from '@lyceum/losses/conformance';
import { exactPaths } from '../case-paths.js';
import { evidenceOf, evidenceText, type OwnedCase } from './evidence.js';
import { code, markdownTable } from './markdown.js';
import { firstTitles, rowName, type Measured } from './measured.js';

const notMeasured = 'not measured';

/** Errors of losses by every path. */
export function pathErrorsPart(
  ids: readonly string[],
  cases: readonly LossCase[],
  measured: Measured,
): string {
  const titles = exactPaths.flatMap((path) => [`value, ${path}`, `gradient, ${path}`]);
  const rows = ids.map((id) => [
    rowName.loss(id),
    `${countOf(cases, id)}`,
    ...(measured.errors.get(rowName.loss(id)) ?? titles.map(() => notMeasured)),
  ]);
  return [
    `Every number that a case records, against ours in FP32: the largest error over the largest magnitude, the worst of all cases of the loss; where the recorded numbers are all 0, which has no relative error, ours are within 1e-6. Recorded numbers were computed in float64. \`in-process\`: both halves in one place, as \`npm run golden\` runs them. \`remote\`: value and gradients by a loss service. \`teacher-side\`: the key half alone where the teacher is, its key through the bytes of its messages, the value half here. \ All within 1e-4. [Keys may be rounded too](#what-encodings-cost).`,
    markdownTable([...firstTitles.losses, ...titles], rows),
    finiteText(cases),
  ].join('\n\n');
}

/** Steps of methods that are not losses: what they are, and their errors. */
export function stepsPart(cases: readonly OperatorCase[], measured: Measured): string {
  const rows = [...operators.values()].map(({ id, title, rule, source }) => [
    rowName.step(id),
    `${countOf(cases, id)}`,
    ...(measured.errors.get(rowName.step(id)) ?? [notMeasured, notMeasured]),
    `${title}: ${code(rule)}`,
    source,
    evidenceText(evidenceOf(cases, id)),
  ]);
  return [
    'Selection, attention, mixing and whole steps, one file each in `libs/losses/src/operators/`. Whole numbers (choices, boxes) match exactly.',
    markdownTable(
      [...firstTitles.steps, 'outputs', 'gradient', 'computes', 'source', 'recorded numbers'],
      rows,
    ),
  ].join('\n\n');
}

function countOf(cases: readonly OwnedCase[], id: string): number {
  return cases.filter(({ module }) => module.id === id).length;
}

function finiteText(cases: readonly LossCase[]): string {
  const names = cases
    .filter(({ recorded }) => recorded.check === 'finite')
    .map(({ file, recorded }) => code(`${file}/${recorded.name}`));
  return `Where the original's own gradient is infinite, not a number or beyond all use, ours only has to be finite, and the value has to match: ${names.join(', ')}.`;
}
