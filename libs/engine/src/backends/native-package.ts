import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The two native packages: the same binding, over a TensorFlow without and with CUDA. */
export type NativeVariant = 'cpu' | 'gpu';

export interface NativePackage {
  readonly variant: NativeVariant;
  readonly name: '@tensorflow/tfjs-node' | '@tensorflow/tfjs-node-gpu';
  readonly version: string;
  readonly folder: string;
  /** The compiled binding, where this Node looks for it; it may not be there yet. */
  readonly addon: string;
}

/** Of Node's stable C interface, the version that the packages are built for: every Node since 12.22 has it. */
export const napiVersion = 8;

const require = createRequire(import.meta.url);

/** Where a native package lies; absent when npm did not install it. */
export function nativePackage(variant: NativeVariant): NativePackage | undefined {
  const name = variant === 'gpu' ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
  try {
    const manifest = require.resolve(`${name}/package.json`);
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    const folder = dirname(manifest);
    return {
      variant,
      name,
      version,
      folder,
      addon: join(folder, 'lib', `napi-v${napiVersion}`, 'tfjs_binding.node'),
    };
  } catch {
    return undefined;
  }
}

/** Whether the binding and the library under it are in place. */
export function isProvisioned(found: NativePackage | undefined): found is NativePackage {
  return (
    found !== undefined &&
    existsSync(found.addon) &&
    existsSync(join(found.folder, 'deps', 'lib', 'libtensorflow.so'))
  );
}
