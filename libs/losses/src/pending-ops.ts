import { tf } from '@lyceum/engine';

export function safeSqrt(x: tf.Tensor): tf.Tensor {
  return tf.customGrad((input, save) => {
    const root = tf.sqrt(tf.maximum(input as tf.Tensor, 0));
    (save as (t: tf.Tensor[]) => void)([root]);
    return {
      value: root,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.where(
          tf.greater(saved[0], 0),
          tf.div(dy, tf.mul(2, tf.maximum(saved[0], 1e-30))),
          tf.zerosLike(dy),
        ),
    };
  })(x);
}
export function l2Normalize<T extends tf.Tensor>(x: T, axis: number, eps: number): T {
  const norm = safeSqrt(tf.sum(tf.square(x), axis, true));
  return tf.div(x, tf.maximum(norm, eps));
}
export function adaptiveAvgPool(x: tf.Tensor4D, [h, w]: readonly [number, number]): tf.Tensor4D {
  const [n, H, W, c] = x.shape;
  if (H === h && W === w) return x;
  const windows = (from: number, to: number): tf.Tensor2D => {
    const rows = Array.from({ length: to }, (_, i) => {
      const a = Math.floor((i * from) / to);
      const b = Math.ceil(((i + 1) * from) / to);
      return Array.from({ length: from }, (_, j) => (j >= a && j < b ? 1 / (b - a) : 0));
    });
    return tf.tensor2d(rows);
  };
  const rows = tf.reshape(
    tf.matMul(tf.tile(tf.expandDims(windows(H, h), 0), [n, 1, 1]), tf.reshape(x, [n, H, W * c])),
    [n, h, W, c],
  );
  const t = tf.reshape(tf.transpose(rows, [0, 2, 1, 3]), [n, W, h * c]);
  const cols = tf.matMul(tf.tile(tf.expandDims(windows(W, w), 0), [n, 1, 1]), t);
  return tf.transpose(tf.reshape(cols, [n, w, h, c]), [0, 2, 1, 3]);
}
export function conv2dExplicit(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  stride: number,
  pad: number,
): tf.Tensor4D {
  const padded =
    pad === 0
      ? x
      : tf.pad(x, [
          [0, 0],
          [pad, pad],
          [pad, pad],
          [0, 0],
        ]);
  return tf.conv2d(padded, kernel, stride, 'valid');
}
