import type { Tensor } from '@lyceum/contracts/tensor';
import type { DataRef, DistillOpen } from '@lyceum/contracts/teacher';
import { cutoutLimit, padCropLimit, type Nuisance } from '@lyceum/data';
import { invalidField, invalidFields, LyceumError, type Violation } from '@lyceum/errors';
import { fromWire, requireFinite, type HostTensor } from '@lyceum/tensor';
import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { formViolations } from './wire-forms.js';
import type { DataName, Plan } from './worker/inference-api.js';

/** Checks an opening message and turns it into a plan; all violations at once. */
export function planOf(open: DistillOpen, dataRoots: readonly string[]): Plan {
  const violations = [
    ...streamViolations(open),
    ...formViolations(open),
    ...keyViolations(open),
    ...numberViolations(open),
  ];
  if (violations.length > 0) throw invalidFields(violations);
  const { data, augmentation, viewPixels = 0 } = open;
  return {
    teacher: open.teacher,
    keys: open.keys.map((key, i) => ({
      id: key.id,
      loss: key.loss,
      params: key.params ?? {},
      teacherTaps: key.teacherTaps,
      studentShapes: Object.fromEntries(
        Object.entries(key.studentShapes).map(([slot, { shape }]) => [slot, shape]),
      ),
      ...(key.source === '' ? {} : { source: key.source }),
      frozen: key.frozen.map((tensor, j) => constantOf(tensor, `open.keys[${i}].frozen[${j}]`)),
    })),
    taps: open.taps,
    split: open.split === 'test' ? 'test' : 'train',
    ...(data === undefined ? {} : { data: dataName(data, dataRoots) }),
    ...(augmentation === undefined ? {} : { augmentation }),
    ...(viewPixels === 0 ? {} : { viewPixels }),
    ...(open.keep ? { keep: true } : {}),
  };
}

function constantOf(tensor: Tensor, field: string): HostTensor {
  const host = fromWire(tensor, field);
  if (host.dtype !== 'f32') throw invalidField(`${field}.dtype`, `must be FP32, found ${host.dtype}`);
  requireFinite(host, field);
  return host;
}

function streamViolations({ split, window }: DistillOpen): Violation[] {
  const violations: Violation[] = [];
  if (!['', 'train', 'test'].includes(split)) {
    violations.push({ field: 'open.split', description: `must be "train" or "test", found "${split}"` });
  }
  if (window < 0)
    violations.push({ field: 'open.window', description: `must be 0 or more, found ${window}` });
  return violations;
}

function keyViolations({ keys, taps }: DistillOpen): Violation[] {
  if (keys.length + taps.length === 0) {
    return [{ field: 'open.keys', description: 'ask for at least one key or tap' }];
  }
  const ids = keys.map((key) => key.id);
  return ids.flatMap((id, i) => {
    const field = `open.keys[${i}].id`;
    if (!/^[a-z0-9][a-z0-9-]*$/.test(id)) {
      return [{ field, description: `must be lower case letters, digits and dashes, found "${id}"` }];
    }
    return ids.indexOf(id) === i ? [] : [{ field, description: `"${id}" occurs twice` }];
  });
}

function numberViolations({ augmentation, data, viewPixels }: DistillOpen): Violation[] {
  const ranges: [field: string, value: number | undefined, limit: number][] = [
    ['augmentation.pad_crop_pixels', augmentation?.padCropPixels, padCropLimit],
    ['augmentation.cutout_pixels', augmentation?.cutoutPixels, cutoutLimit],
    ['augmentation.cutmix_alpha', augmentation?.cutmixAlpha, 1],
    ['data.train_limit', data?.trainLimit, Infinity],
    ['data.test_limit', data?.testLimit, Infinity],
    ['data.image_pixels', data?.imagePixels, Infinity],
    ['data.train_from.train_limit', data?.trainFrom?.trainLimit, Infinity],
    ['view_pixels', viewPixels, Infinity],
  ];
  return ranges.flatMap(([field, value = 0, limit]) => {
    if (value >= 0 && value <= limit) return [];
    const allowed = limit === Infinity ? '0 or more' : `0 to ${limit}`;
    return [{ field: `open.${field}`, description: `must be ${allowed}, found ${value}` }];
  });
}

/** A path is only read below the folders that the operator allowed. */
function dataName(data: DataRef, roots: readonly string[]): DataName {
  const { name, path, trainLimit, testLimit, imagePixels, classes, nuisance, trainFrom } = data;
  requireAllowed('data.path', path, roots);
  requireAllowed('data.train_from.path', trainFrom?.path ?? '', roots);
  return {
    name,
    ...(path === '' ? {} : { path }),
    ...(trainLimit === 0 ? {} : { trainLimit }),
    ...(testLimit === 0 ? {} : { testLimit }),
    ...(imagePixels === 0 ? {} : { imagePixels }),
    ...(classes.length === 0 ? {} : { classes }),
    // Whoever loads the data checks the name with the rest of it.
    ...(nuisance === undefined ? {} : { nuisance: nuisance as Nuisance }),
    ...(trainFrom === undefined ? {} : { trainFrom }),
  };
}

function requireAllowed(place: string, path: string, roots: readonly string[]): void {
  if (path === '') return;
  const full = followed(resolve(path));
  const isAllowed = roots.some((root) => {
    const folder = followed(resolve(root));
    return full === folder || full.startsWith(folder + sep);
  });
  if (isAllowed) return;
  const field = `open.${place}`;
  const description = `"${path}" is outside the folders this server may read; start it with --data-roots`;
  throw new LyceumError('FORBIDDEN', `${field}: ${description}`, { violations: [{ field, description }] });
}

/** The path with every link in it followed, as far as it exists. */
function followed(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(followed(parent), basename(path));
  }
}
