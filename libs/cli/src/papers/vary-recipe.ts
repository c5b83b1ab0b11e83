import { isMap, isSeq, parseDocument, type Document, type YAMLMap } from 'yaml';

/** What to change in a recipe. */
export interface Variation {
  /** Takes the place of `spec.seed`; seeds that stages and peers have of their own move along. */
  readonly seed?: number;
  /** Of every training. */
  readonly epochs?: number | undefined;
  /** At most so many training samples, wherever a number of them is given or left open. */
  readonly trainLimit?: number | undefined;
  readonly testLimit?: number | undefined;
}

/** The text of a recipe with another seed or a smaller budget; comments and all else stay. */
export function varyRecipe(text: string, { seed, epochs, trainLimit, testLimit }: Variation): string {
  const document = parseDocument(text);
  const stages = stagesOf(document);
  if (seed !== undefined) moveSeeds(document, stages, seed);
  if (epochs !== undefined) {
    document.setIn(['spec', 'training', 'epochs'], epochs);
    for (const stage of stages) setIfThere(stage, ['training', 'epochs'], () => epochs);
  }
  const places = [document.getIn(['spec', 'data']), ...stages.map((stage) => stage.get('data'))];
  for (const [i, data] of places.entries()) {
    if (!isMap(data)) continue;
    limit(data, 'trainLimit', trainLimit, i === 0);
    limit(data, 'validation', trainLimit, false);
    limit(data, 'testLimit', testLimit, i === 0);
    const from = data.get('trainFrom');
    if (isMap(from)) limit(from, 'trainLimit', trainLimit, true);
  }
  return document.toString({ lineWidth: 0 });
}

function stagesOf(document: Document): YAMLMap[] {
  const stages = document.getIn(['spec', 'stages']);
  return isSeq(stages) ? stages.items.filter((stage): stage is YAMLMap => isMap(stage)) : [];
}

function moveSeeds(document: Document, stages: readonly YAMLMap[], seed: number): void {
  const given = document.getIn(['spec', 'seed']);
  const shift = seed - (typeof given === 'number' ? given : 1);
  document.setIn(['spec', 'seed'], seed);
  for (const stage of stages) {
    setIfThere(stage, ['seed'], (own) => own + shift);
    const peers = stage.get('peers');
    for (const peer of isSeq(peers) ? peers.items : []) {
      if (isMap(peer)) setIfThere(peer, ['seed'], (own) => own + shift);
    }
  }
}

function setIfThere(map: YAMLMap, path: readonly string[], change: (value: number) => number): void {
  const value = map.getIn(path);
  if (typeof value === 'number') map.setIn(path, change(value));
}

function limit(map: YAMLMap, field: string, most: number | undefined, addIt: boolean): void {
  if (most === undefined) return;
  const value = map.get(field);
  if (typeof value === 'number') map.set(field, Math.min(value, most));
  else if (addIt) map.set(field, most);
}
