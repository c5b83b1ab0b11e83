import type { tf } from '@lyceum/engine';
import type { AnyLoss, ExtraInput, LossSetting, Shape, TensorMap } from './loss.js';
import { shapeMismatch } from './setting.js';

type Half = ExtraInput['half'];

/**
 * The batch's images under the names by which one half of a loss asks for them, see `LossModule.extra`.
 * @param images `[N, H, W, C]`, as the teacher sees them.
 * @param setting leaves out what the parameters make superfluous, and what wants images of another size.
 */
export function imageInputs(
  module: Pick<AnyLoss, 'extra'>,
  half: Half,
  images: tf.Tensor4D,
  setting?: LossSetting,
): TensorMap {
  const names = imageNames(module, half, images.shape.slice(1), setting);
  return Object.fromEntries(names.map((name) => [name, images]));
}

/** The names of `imageInputs`, for images `[H, W, C]`. */
export function imageNames(
  { extra = [] }: Pick<AnyLoss, 'extra'>,
  half: Half,
  image: Shape,
  setting?: LossSetting,
): string[] {
  const wanted = extra.filter((input) => input.from === 'images' && input.half === half);
  const fitting = wanted.filter((input) => {
    if (setting === undefined) return true;
    return isRead(input, setting) && wantedShape(input, setting, image).join() === image.join();
  });
  return fitting.map(({ name }) => name);
}

/**
 * Refuses images of another size than a loss reads.
 * @param image `[H, W, C]`.
 * @throws LyceumError TAPS_DO_NOT_MATCH under the field `params`, which decide the size or need other taps.
 */
export function checkImages({ id, extra = [] }: AnyLoss, setting: LossSetting, image: Shape): void {
  for (const input of extra) {
    if (input.from !== 'images' || !isRead(input, setting)) continue;
    const wanted = wantedShape(input, setting, image);
    if (wanted.join() === image.join()) continue;
    const sizes = [wanted, image].map((shape) => `[${shape.join(', ')}]`);
    throw shapeMismatch('params', `"${id}" needs "${input.name}" of ${sizes[0]}, the images are ${sizes[1]}`);
  }
}

function isRead({ when }: ExtraInput, { params }: LossSetting): boolean {
  return when?.(params) ?? true;
}

function wantedShape({ shape }: ExtraInput, setting: LossSetting, image: Shape): Shape {
  return shape?.(setting) ?? image;
}
