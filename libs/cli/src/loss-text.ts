import type { catalogue } from '@lyceum/recipes';
import { textTable } from './text-table.js';

type Loss = ReturnType<typeof catalogue.loss>;
type Figures = Awaited<ReturnType<typeof catalogue.lossFigures>>;
type Pair = typeof catalogue.usualPair;

/** What a loss says of itself, for people. */
export function lossText(loss: Loss): string {
  const params = textTable(
    ['parameter', 'default', 'range', 'meaning'],
    loss.params.map((p) => [p.name, JSON.stringify(p.default), p.range, p.doc]),
  );
  const slots = (side: string, list: typeof loss.studentSlots) =>
    list.map((s) => [
      side,
      `${s.name}${s.repeated ? '1, 2, ...' : ''}`,
      s.kind,
      s.optional ? 'none: optional' : s.defaultTaps,
    ]);
  const taps = textTable(
    ['side', 'slot', 'kind', 'default taps'],
    [...slots('student', loss.studentSlots), ...slots('teacher', loss.teacherSlots)],
  );
  return [
    `${loss.id}: ${loss.title}`,
    loss.source,
    '',
    loss.equation,
    '',
    taps,
    '',
    loss.params.length > 0 ? params : 'no parameters',
    '',
    factsOf(loss).join('; '),
  ]
    .join('\n')
    .trimEnd();
}

function factsOf(loss: Loss): string[] {
  const inputs = loss.extra
    .filter(({ from, computed }) => from !== 'random' && !computed)
    .map(({ name }) => `"${name}"`);
  return [
    loss.keySources.length > 0 ? `learns from ${sourcesText(loss)}` : 'needs no teacher',
    loss.needsLabels ? 'needs labels' : '',
    loss.needsIndices ? "needs the samples' indices" : '',
    inputs.length > 0 ? `needs ${inputs.join(', ')}` : '',
    loss.trainsAdapters ? 'trains adapters beside the student' : '',
    loss.stateful ? 'keeps state between steps' : '',
    loss.hasKey ? 'the teacher sends a key, not its taps' : '',
    loss.keyIsPerBatch ? 'its key belongs to the whole batch' : '',
  ].filter((fact) => fact !== '');
}

function sourcesText({ keySources, sourceCount: { min, max } }: Loss): string {
  if (min === 1 && max === 1) return `one ${keySources.join(' or ')}`;
  const many = keySources.map((source) => `${source}s`).join(' or ');
  return max === undefined ? `${min} or more ${many}` : `${min === max ? min : `${min} to ${max}`} ${many}`;
}

/** What a loss costs between two networks, for people. */
export function figuresText(figures: Figures, pair: Pair): string {
  const { teacher, student, inputShape, classCount } = pair;
  const title = `${teacher} to ${student}, ${inputShape.join('x')} images, ${classCount} classes`;
  return [
    `${title}:`,
    ...tapLines(figures),
    ...keyLines(figures, pair),
    ...ownedLines(figures, pair),
    ...constantLines(figures),
  ].join('\n');
}

function tapLines({ studentTaps, teacherTaps }: Figures): string[] {
  const names = (taps: typeof studentTaps) => [...new Set(Object.values(taps))].join(', ');
  const sides = [
    ['student', names(studentTaps)],
    ['teacher', names(teacherTaps)],
  ];
  return sides.flatMap(([side, taps]) => (taps === '' ? [] : [`${side}'s taps: ${taps}`]));
}

function keyLines(figures: Figures, { batchSize }: Pair): string[] {
  const { key, sources, keyBytesPerSample, rawBytesPerSample } = figures;
  if (sources.length === 0) return ['no key: the loss needs no teacher'];
  const name = (source: string, tensor: string) => (sources.length > 1 ? `${source}/${tensor}` : tensor);
  const rows = key.map(({ source, name: tensor, shape }) => [name(source, tensor), shape.join(' x ')]);
  const perBatch = key.some(({ shape }) => shape.slice(1).includes('N')) ? `, batch ${batchSize}` : '';
  const share = `${percentText(keyBytesPerSample / rawBytesPerSample)} of the taps' ${bytesText(rawBytesPerSample)}`;
  return [
    textTable(['key', 'shape'], rows),
    `${bytesText(keyBytesPerSample)} a sample${perBatch}: ${share} (float32; fp16 halves it)`,
  ];
}

function percentText(share: number): string {
  const percent = 100 * share;
  return `${percent >= 10 ? percent.toFixed(0) : percent.toPrecision(2)} %`;
}

function ownedLines(figures: Figures, { sampleCount }: Pair): string[] {
  const { adapters, adapterParameterCount, state, stateBytes } = figures;
  const rows = (owned: typeof adapters) =>
    owned.map(({ name, shape }) => [name, shape.length === 0 ? 'scalar' : shape.join(' x ')]);
  const trained =
    adapters.length === 0
      ? ['', 'trains nothing beside the student']
      : [
          '',
          textTable(['adapter', 'shape'], rows(adapters)),
          `${adapterParameterCount.toLocaleString('en')} parameters trained beside the student, dropped on export`,
        ];
  const kept =
    state.length === 0
      ? ['keeps no state']
      : [
          '',
          textTable(['state', 'shape'], rows(state)),
          `${bytesText(stateBytes)} of state for ${sampleCount.toLocaleString('en')} training samples`,
        ];
  return [...trained, ...kept];
}

function constantLines({ constants }: Figures): string[] {
  if (constants.length === 0) return [];
  const rows = constants.map(({ name, shape, computed }) => [
    name,
    shape.join(' x '),
    computed ? 'the teacher, from its batch norms' : 'trained beforehand',
  ]);
  return [
    '',
    textTable(['constant', 'shape', 'from'], rows),
    '`constants` of a recipe gives them: a file, or `{ stage: ... }` whose adapters they are',
  ];
}

function bytesText(bytes: number): string {
  return `${bytes.toLocaleString('en')} bytes`;
}
