import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { LyceumError } from '@lyceum/errors';
import { tf } from '../tf.js';
import { registerWasmGradients } from './wasm-gradients.js';

const require = createRequire(import.meta.url);

/** Makes WebAssembly or plain JavaScript the backend. Both run everywhere and are far slower than native TensorFlow. */
export async function loadPortable(backend: 'wasm' | 'js'): Promise<void> {
  // The union package registers the gradients, which the core alone does not.
  require('@tensorflow/tfjs');
  const name = backend === 'wasm' ? 'wasm' : 'cpu';
  if (backend === 'wasm') await registerWasm();
  const ready = await tf.setBackend(name);
  if (!ready)
    throw new LyceumError('MISSING_DEPENDENCY', `engine: the ${backend} backend does not start here`);
  await tf.ready();
  silenceAdvice();
}

async function registerWasm(): Promise<void> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'))}/dist/`);
  registerWasmGradients();
}

/** On its first tensor the JavaScript backend advises to install tfjs-node, which is what just failed. */
function silenceAdvice(): void {
  const isProduction = tf.env().getBool('PROD');
  tf.env().set('PROD', true);
  tf.tidy(() => tf.square(tf.scalar(1)));
  tf.env().set('PROD', isProduction);
}
