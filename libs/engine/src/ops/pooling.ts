import { tf } from '../tf.js';

/** Mean over all places: `[N, H, W, C]` to `[N, C]`. */
export function globalAvgPool(x: tf.Tensor4D): tf.Tensor2D {
  return tf.mean(x, [1, 2]);
}

/**
 * Adaptive average pooling to `height` x `width` as in PyTorch: output row `i` averages the input rows
 * `floor(i H / height) ... ceil((i + 1) H / height) - 1`, so windows overlap where `height` does not divide `H`.
 *
 * @param x `[N, H, W, C]`.
 * @returns `[N, height, width, C]`.
 */
export function adaptiveAvgPool(x: tf.Tensor4D, height: number, width: number): tf.Tensor4D {
  const [count, rows, columns, channels] = x.shape;
  if (rows === height && columns === width) return x;
  if (height === 1 && width === 1) return tf.mean(x, [1, 2], true);
  if (rows % height === 0 && columns % width === 0) {
    const window: [number, number] = [rows / height, columns / width];
    return tf.avgPool(x, window, window, 'valid');
  }
  const byRow = tf.matMul(windows(rows, height), tf.reshape(x, [count, rows, columns * channels]));
  const byColumn = tf.matMul(windows(columns, width), tf.reshape(byRow, [count * height, columns, channels]));
  return tf.reshape(byColumn, [count, height, width, channels]);
}

/** `[1, outputs, inputs]`: the weight of each input place in each output's mean. */
function windows(inputs: number, outputs: number): tf.Tensor3D {
  const weights = new Float32Array(outputs * inputs);
  for (let output = 0; output < outputs; output += 1) {
    const start = Math.floor((output * inputs) / outputs);
    const end = Math.ceil(((output + 1) * inputs) / outputs);
    weights.fill(1 / (end - start), output * inputs + start, output * inputs + end);
  }
  return tf.tensor3d(weights, [1, outputs, inputs]);
}

/** Average pooling; zeros put around the image (`pad` on each side) count as values, as in PyTorch's default. */
export function avgPool(x: tf.Tensor4D, size: number, stride: number, pad = 0): tf.Tensor4D {
  return tf.avgPool(padWith(x, pad, 0), size, stride, 'valid');
}

/** Maximum pooling; the surroundings (`pad` on each side) never win. An incomplete window at the end is left out. */
export function maxPool(x: tf.Tensor4D, size: number, stride: number, pad = 0): tf.Tensor4D {
  return tf.maxPool(padWith(x, pad, -3.4e38), size, stride, 'valid');
}

function padWith(x: tf.Tensor4D, pad: number, value: number): tf.Tensor4D {
  if (pad === 0) return x;
  const sides: [number, number] = [pad, pad];
  return tf.pad(x, [[0, 0], sides, sides, [0, 0]], value);
}
