import { describeLoss, type AnyLoss, type LossDescription } from '@lyceum/losses';
import { figuresOf, type Figures, type Pair } from '../figures-of.js';
import { evidenceOf, evidenceText, type OwnedCase } from './evidence.js';
import { code, count, markdownTable } from './markdown.js';

/** What a reader wants to know of one loss. */
export async function lossSection(module: AnyLoss, pair: Pair, cases: readonly OwnedCase[]): Promise<string> {
  const loss = describeLoss(module);
  const figures = await figuresOf(loss.id, pair);
  const facts = [
    ['source', loss.source],
    ['recorded numbers', evidenceText(evidenceOf(cases, loss.id))],
    ['taps', tapsText(figures)],
    ['key', keyText(loss, figures)],
    ['needs', needsText(loss)],
    ['trains', ownedText(figures.adapters, count(figures.adapterParameterCount), 'parameters')],
    ['keeps', ownedText(figures.state, count(figures.stateBytes), 'bytes')],
  ];
  const parts = [
    `### ${loss.id}`,
    `**${loss.title}.** ${code(loss.equation)}`,
    facts.flatMap(([name, text]) => (text === '' ? [] : [`- ${name}: ${text}`])).join('\n'),
  ];
  if (loss.params.length === 0) return parts.join('\n\n');
  const rows = loss.params.map((p) => [code(p.name), code(JSON.stringify(p.default)), p.range, p.doc]);
  return [...parts, markdownTable(['parameter', 'default', 'allowed', 'meaning'], rows)].join('\n\n');
}

function tapsText({ studentTaps, teacherTaps }: Figures): string {
  const names = (taps: typeof studentTaps) => [...new Set(Object.values(taps))].map(code).join(', ');
  const [student, teacher] = [names(studentTaps), names(teacherTaps)];
  if (student === teacher) return `${student} of both`;
  return `${student} of the student${teacher === '' ? '' : `; ${teacher} of the teacher`}`;
}

function keyText({ keySources }: LossDescription, { sources, key }: Figures): string {
  if (sources.length === 0) return '';
  const many = sources.length > 1;
  const tensors = key.map(({ source, name, shape }) =>
    code(`${many ? `${source}/` : ''}${name} [${shape.join(', ')}]`),
  );
  const from = many ? sources.join(' and ') : keySources.join(' or ');
  return `${tensors.join(', ')} from ${from}`;
}

function needsText({ needsLabels, needsIndices, extra }: LossDescription): string {
  const inputs = new Set(extra.flatMap(inputText));
  return [...(needsLabels ? ['labels'] : []), ...(needsIndices ? ['indices'] : []), ...inputs].join(', ');
}

/** Images by their name; constants by the network that they belong to. */
function inputText({ name, from }: LossDescription['extra'][number]): string[] {
  if (from === 'random') return [];
  return from === 'frozen' ? [`${code(name.split('.')[0])} of an earlier stage`] : [code(name)];
}

/** The first part of each owned tensor's name tells what it belongs to. */
function ownedText(owned: Figures['adapters'], size: string, unit: string): string {
  if (owned.length === 0) return '';
  const parts = [...new Set(owned.map(({ name }) => name.split('.')[0]))];
  return `${size} ${unit} (${parts.map(code).join(', ')})`;
}
