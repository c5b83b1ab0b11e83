import { readFileSync } from 'node:fs';

const folder = new URL('../../../test/golden/models/', import.meta.url);

/** `[name, 'conv', kernel, stride, pad, groups, bias, output, parameters]`, `[name, 'bn', [C], output, parameters]`, ... */
export type GoldenLayer = readonly [string, string, ...unknown[]];

export interface GoldenModel {
  readonly parameters: number;
  readonly parametersClasses10: number;
  readonly buffers: number;
  readonly macs: number;
  readonly layers: readonly GoldenLayer[];
  readonly taps: readonly { name: string; shape: number[] }[];
  readonly preactTaps: readonly number[][];
}

export interface GoldenPass {
  readonly logits: readonly number[];
  readonly float32Error: number;
  readonly taps: readonly {
    shape: number[];
    mean: number;
    std: number;
    absMax: number;
    at: number[];
    values: number[];
  }[];
  readonly movingStatsAfter?: Readonly<Record<string, readonly number[]>>;
}

export interface GoldenForward {
  readonly classes: number;
  readonly inputTag: string;
  readonly inputShape: [number, number, number, number];
  readonly fnv1aExample: { text: string; hash: number };
  readonly uExample: { t: number; u: number[] };
  readonly models: Readonly<Record<string, { eval: GoldenPass; train: GoldenPass }>>;
}

export function goldenModels(): Readonly<Record<string, GoldenModel>> {
  return (read('models.json') as { models: Record<string, GoldenModel> }).models;
}

export function goldenForward(): GoldenForward {
  return read('models-forward.json') as GoldenForward;
}

/** 32-bit FNV-1a of a name. */
export function nameHash(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return hash >>> 0;
}

/** The vectors' stand-in for random numbers: in [0, 1), by place and name. */
export function unitNumber(place: number, hash: number): number {
  let x = Math.imul(place + 1, 0x9e3779b1) ^ hash;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
}
