import { KeyEncoding, type KeySpec } from '@lyceum/contracts/teacher';
import { describeModel } from '@lyceum/models';
import { elementCount, hostTensor, toWire, type HostTensor } from '@lyceum/tensor';
import { figuresOf, type Pair } from './figures-of.js';
import type { Opening } from './measured-stream.js';

/** Made-up images with the shape and classes of a pair, as a teacher finds them. */
export function dataOf({ inputShape, classCount, batchSize }: Pair): NonNullable<Opening['data']> & {
  readonly name: string;
} {
  return { name: `synthetic:${inputShape.join('x')}/${classCount}`, trainLimit: 2 * batchSize };
}

/** What a trainer with this loss asks teachers for, one for every part that teachers play in it. */
export async function keySpecs(loss: string, pair: Pair): Promise<KeySpec[]> {
  const figures = await figuresOf(loss, pair);
  const { inputShape, classCount, student } = pair;
  const { taps } = describeModel({ architecture: student, inputShape, classCount });
  const shapes = Object.entries(figures.studentTaps).map(([slot, name]) => [
    slot,
    { shape: [...(taps.find((tap) => tap.name === name)?.shape ?? [])] },
  ]);
  const many = figures.sources.length > 1;
  return figures.sources.map((source) => ({
    id: many ? `${loss}-${source.toLowerCase()}` : loss,
    loss,
    params: {},
    teacherTaps: { ...figures.teacherTaps },
    studentShapes: Object.fromEntries(shapes) as KeySpec['studentShapes'],
    source: many ? source : '',
    encoding: KeyEncoding.UNSPECIFIED,
    topK: 0,
    frozen: figures.constants.map(({ name, shape }) => toWire(madeConstant(name, shape))),
  }));
}

/** Some constant of a shape; what it is does not change what a key weighs. */
function madeConstant(name: string, shape: readonly number[]): HostTensor {
  const values = Float32Array.from({ length: elementCount(shape) }, (_, i) => 0.05 * Math.sin(i));
  return hostTensor(name, values, shape);
}
