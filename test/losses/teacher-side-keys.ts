import { DistillKeys, KeyEncoding, KeySpec } from '@lyceum/contracts/teacher';
import { toEngineMap } from '@lyceum/engine';
import { computeKey, findLoss, parseParams } from '@lyceum/losses';
import { fromWire, joinRows, splitRows, toWire, type HostTensor, type WireForm } from '@lyceum/tensor';
import { onEngine, toHosts, type HostCase, type HostSource } from './host-case.js';

/** Small, so that keys are cut into rows and joined again. */
const messageBytes = 64;

/** How a source's key is sent; undefined: it can't be. */
export type FormOf = (key: readonly HostTensor[]) => WireForm | undefined;

/**
 * The teacher's half of a case: what the trainer asks for and what the teacher answers both go through the bytes of
 * their messages. Nothing else of the teacher's taps reaches the value half.
 * @returns keys as `<source>/<tensor>`; undefined where one can't be sent so.
 */
export function teacherSideKeys(given: HostCase, formOf: FormOf): HostTensor[] | undefined {
  const arrived = given.sources.map(({ source, taps }) => {
    const spec = KeySpec.decode(KeySpec.encode(specOf(given, source)).finish());
    const keys = keysOf(spec, { source, taps }, keyInputs(given, 'images'));
    const form = formOf(keys);
    if (form === undefined) return undefined;
    return throughMessages(
      keys.map((key) => ({ ...key, name: `${source}/${key.name}` })),
      form,
    );
  });
  return arrived.includes(undefined) ? undefined : arrived.flatMap((keys) => keys ?? []);
}

function throughMessages(keys: readonly HostTensor[], form: WireForm): HostTensor[] {
  const parts = splitRows(
    keys.map((key) => toWire(key, form)),
    messageBytes,
  );
  const arrived = parts.map((tensors, i) => {
    const last = i === parts.length - 1;
    const message = { sequence: 0, tensors, last, error: undefined, cached: false };
    return DistillKeys.decode(DistillKeys.encode(message).finish());
  });
  return joinRows(
    arrived.flatMap(({ tensors }) => tensors),
    'keys',
  );
}

function specOf(given: HostCase, source: string): KeySpec {
  const {
    about: { module },
    options,
  } = given;
  const shapes = Object.entries(options.studentShapes).map(([slot, shape]) => [slot, { shape: [...shape] }]);
  return {
    id: module.id,
    loss: module.id,
    params: { ...options.params },
    teacherTaps: {},
    studentShapes: Object.fromEntries(shapes) as KeySpec['studentShapes'],
    source,
    encoding: KeyEncoding.UNSPECIFIED,
    topK: 0,
    frozen: keyInputs(given, 'frozen').map((tensor) => toWire(tensor)),
  };
}

/** A case's inputs of the key half: the trainer sends what is frozen, the teacher makes images itself. */
function keyInputs({ about: { module }, extra }: HostCase, from: 'frozen' | 'images'): HostTensor[] {
  const declared = (module.extra ?? []).filter((input) => input.half === 'key' && input.from === from);
  return extra.filter(({ name }) => declared.some((input) => input.name === name));
}

/** What a teacher computes that has its taps and a spec, and has never seen the student. */
function keysOf(spec: KeySpec, { taps }: HostSource, images: readonly HostTensor[]): HostTensor[] {
  const module = findLoss(spec.loss);
  const frozen = spec.frozen.map((tensor, i) => fromWire(tensor, `frozen[${i}]`));
  const shapes = Object.entries(spec.studentShapes).map(([slot, { shape }]) => [slot, shape]);
  return onEngine(() => {
    const keys = computeKey(module, toEngineMap(taps), {
      params: parseParams(module.params, spec.params),
      studentShapes: Object.fromEntries(shapes) as Record<string, readonly number[]>,
      source: spec.source,
      extra: toEngineMap([...frozen, ...images]),
    });
    return toHosts(keys);
  });
}
