import type { tf } from '@lyceum/engine';
import type { AnyLoss, LossSetting, TensorMap } from './loss.js';

/**
 * The batch's images under the names by which one half of a loss asks for them, see `LossModule.extra`.
 * @param images `[N, H, W, C]`, as the teacher sees them.
 * @param setting leaves out what wants images of another size.
 */
export function imageInputs(
  { extra = [] }: Pick<AnyLoss, 'extra'>,
  half: 'key' | 'value',
  images: tf.Tensor4D,
  setting?: LossSetting,
): TensorMap {
  const size = images.shape.slice(1).join();
  const wanted = extra.filter((input) => {
    if (input.from !== 'images' || input.half !== half) return false;
    return setting === undefined || input.shape === undefined || input.shape(setting).join() === size;
  });
  return Object.fromEntries(wanted.map(({ name }) => [name, images]));
}
