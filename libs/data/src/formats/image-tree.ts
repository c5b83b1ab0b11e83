import { invalidField } from '@lyceum/errors';
import { hashOf } from '@lyceum/random';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { SplitName } from '../data-set.js';

/** Images and labels of a folder of classes, by path. */
export interface ImageTree {
  readonly classes: readonly string[];
  readonly train: readonly LabelledPath[];
  readonly test: readonly LabelledPath[];
}

export interface LabelledPath {
  readonly path: string;
  readonly label: number;
}

const image = /\.(png|jpe?g|webp)$/i;
const testFolders = ['test', 'val', 'valid', 'validation'];
const testShare = 5;

/**
 * Lists `root/train/<class>/*.png` with `root/test/<class>/*.png` (or val, valid, validation), or `root/<class>/*.png`.
 * Without a test folder a fifth of each class's images is set apart for testing, chosen by their names: those whose hashes
 * are least, so that further images hardly move others from one split to the other. Classes and images are sorted by the code units of their names, so every machine sees one order.
 * @throws LyceumError INVALID_FIELD `path`
 */
export async function listImages(root: string): Promise<ImageTree> {
  const entries = await foldersIn(root);
  const hasTrain = entries.includes('train');
  const trainRoot = hasTrain ? join(root, 'train') : root;
  const testFolder = hasTrain ? testFolders.find((name) => entries.includes(name)) : undefined;
  const classes = hasTrain ? await foldersIn(trainRoot) : entries;
  if (classes.length < 2) {
    throw invalidField(
      'path',
      `"${trainRoot}" has ${classes.length} folders; it needs one for each class, at least 2`,
    );
  }
  const found = await imagesByClass(trainRoot, classes);
  if (testFolder === undefined) return splitEachClass(classes, found);
  const testRoot = join(root, testFolder);
  const unknown = (await foldersIn(testRoot)).find((name) => !classes.includes(name));
  if (unknown !== undefined) {
    throw invalidField(
      'path',
      `"${join(testRoot, unknown)}" is a class that "${trainRoot}" lacks; add it there or remove it`,
    );
  }
  return { classes, train: label(found), test: label(await imagesByClass(testRoot, classes, true)) };
}

function label(byClass: readonly (readonly string[])[]): LabelledPath[] {
  return byClass.flatMap((paths, index) => paths.map((path) => ({ path, label: index })));
}

function splitEachClass(classes: readonly string[], found: readonly (readonly string[])[]): ImageTree {
  const parts: Record<SplitName, string[][]> = { train: [], test: [] };
  found.forEach((paths, index) => {
    if (paths.length < 2) {
      const description = `"${dirname(paths[0])}" has 1 image; a class needs at least 2, one of them for testing, unless there are folders "train" and "test"`;
      throw invalidField('path', description);
    }
    const hashes = new Map(
      paths.map((path) => [path, hashOf(`${classes[index]}/${basename(path)}`) >>> 0] as const),
    );
    const byHash = [...paths].sort((a, b) => (hashes.get(a) ?? 0) - (hashes.get(b) ?? 0));
    const chosen = new Set(byHash.slice(0, Math.max(1, Math.floor(paths.length / testShare))));
    parts.test.push(paths.filter((path) => chosen.has(path)));
    parts.train.push(paths.filter((path) => !chosen.has(path)));
  });
  return { classes, train: label(parts.train), test: label(parts.test) };
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => {
    throw invalidField('path', `there is no folder "${folder}"`);
  });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
}

async function imagesByClass(root: string, classes: readonly string[], mayLack = false): Promise<string[][]> {
  return Promise.all(
    classes.map(async (name) => {
      const folder = join(root, name);
      const names = await readdir(folder).catch(() => []);
      const images = names.filter((file) => image.test(file) && !file.startsWith('.')).sort();
      if (images.length === 0 && !mayLack)
        throw invalidField('path', `"${folder}" has no PNG, JPEG or WebP image`);
      return images.map((file) => join(folder, file));
    }),
  );
}
