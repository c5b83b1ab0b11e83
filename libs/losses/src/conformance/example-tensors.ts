import { tf } from '@lyceum/engine';
import type { KeySet, ShapeMap, TensorMap } from '../loss.js';
import type { LossSession, LossStep } from '../session.js';
import type { ExampleStep } from './example-step.js';

/** An example on the engine, its keys computed by the session; tensors are the caller's. */
export function exampleTensors(
  example: ExampleStep,
  session: LossSession,
): Omit<LossStep, 'step' | 'weights'> {
  const extra = Object.fromEntries(
    Object.entries(example.extra).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]),
  );
  return {
    student: tapTensors(example.student, example.options.studentShapes, example.batch),
    keys: exampleKeys(example, session, extra),
    labels: example.labels,
    ...(session.module.needsIndices === true ? { indices: example.indices } : {}),
    extra,
  };
}

/** Raw taps of each source. */
export function exampleTaps(example: ExampleStep): readonly KeySet[] {
  const all = tapTensors(example.teacher, example.options.teacherShapes, example.batch);
  const sources = new Map<string, Record<string, tf.Tensor>>();
  for (const [name, tensor] of Object.entries(all)) {
    const [source, slot] = name.split('/');
    sources.set(source, { ...sources.get(source), [slot]: tensor });
  }
  return [...sources].map(([source, tensors]) => ({ source, tensors }));
}

function exampleKeys(example: ExampleStep, session: LossSession, extra: TensorMap): readonly KeySet[] {
  return exampleTaps(example).map(({ source, tensors }) => ({
    source,
    tensors: session.key(tensors, source, extra),
  }));
}

function tapTensors(
  values: Readonly<Record<string, Float32Array>>,
  shapes: ShapeMap,
  batch: number,
): TensorMap {
  return Object.fromEntries(
    Object.entries(values).map(([name, data]) => [name, tf.tensor(data, [batch, ...shapes[name]])]),
  );
}
