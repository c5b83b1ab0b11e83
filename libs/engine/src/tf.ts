import * as tf from '@tensorflow/tfjs-core';

/**
 * The one door to TensorFlow.js: operations and types (`tf.Tensor4D`), without a backend. Importing this loads no
 * native library; `startEngine` does.
 *
 * Only functional operations are to be used (`tf.add(a, b)`): chained ones (`a.add(b)`) are not registered on every
 * backend, and their types are left out so that the compiler refuses them. Gradients exist once an engine is started.
 */
export { tf };
