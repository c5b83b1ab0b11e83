import { tf } from '@lyceum/engine';
import type { KeySet, ShapeMap, TensorMap } from '../loss.js';
import type { RecordedCase, VectorValue } from './vector-file.js';

/** A case's inputs on the engine, sorted by what they are. */
export interface CaseTensors {
  readonly student: TensorMap;
  /** Raw taps of each source, in the file's order. */
  readonly sources: readonly KeySet[];
  readonly weights: TensorMap;
  readonly state: TensorMap;
  readonly labels?: tf.Tensor1D;
  readonly indices?: tf.Tensor1D;
  /** Everything else: permutations, indices, images, frozen constants. */
  readonly extra: TensorMap;
}

/** Puts a recorded tensor on the engine. */
export function tensorOf(value: VectorValue): tf.Tensor {
  if (typeof value === 'number') return tf.scalar(value);
  return tf.tensor([...value.data], [...value.shape], value.dtype);
}

/** Puts a case's inputs on the engine. `student.x` are student taps, `teacher.x` and `peer1.x` those of sources. */
export function caseTensors(recorded: RecordedCase): CaseTensors {
  const student: Record<string, tf.Tensor> = {};
  const extra: Record<string, tf.Tensor> = {};
  const sources = new Map<string, Record<string, tf.Tensor>>();
  for (const [name, value] of Object.entries(recorded.inputs)) {
    const [owner, ...rest] = name.split('.');
    const slot = rest.join('.');
    const tensor = tensorOf(value);
    if (slot === '' || !isNetwork(owner)) extra[name] = tensor;
    else if (owner === 'student') student[slot] = tensor;
    else sources.set(owner, { ...sources.get(owner), [slot]: tensor });
  }
  const { labels, index, ...others } = extra;
  return {
    student,
    sources: [...sources].map(([source, tensors]) => ({ source, tensors })),
    weights: tensorsOf(recorded.weights ?? {}),
    state: tensorsOf(recorded.state ?? {}),
    ...(labels === undefined ? {} : { labels: labels as tf.Tensor1D }),
    ...(index === undefined ? {} : { indices: index as tf.Tensor1D }),
    extra: others,
  };
}

function isNetwork(owner: string): boolean {
  return owner === 'student' || owner.startsWith('teacher') || owner.startsWith('peer');
}

export function tensorsOf(values: Readonly<Record<string, VectorValue>>): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, tensorOf(value)]));
}

/** Shapes without the batch dimension. */
export function shapesOf(tensors: TensorMap, prefix = ''): ShapeMap {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [`${prefix}${name}`, tensor.shape.slice(1)]),
  );
}
