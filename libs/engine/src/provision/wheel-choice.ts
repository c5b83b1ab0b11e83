import type { NativeVariant } from '../backends/native-package.js';

/** The TensorFlow whose C interface the bindings are built against. */
export const wheelVersion = '2.18.0';

/** A wheel on PyPI and how to ask pip for it. */
export interface WheelChoice {
  readonly requirement: string;
  /** Of the wheel, not of the Python at hand: only files are taken out of it. */
  readonly pythonVersion: string;
  /** Names of one and the same platform; a wheel carries one or the other. */
  readonly platforms: readonly string[];
}

const platformNames: Readonly<Record<string, readonly string[] | undefined>> = {
  'linux-x64': ['manylinux_2_17_x86_64', 'manylinux2014_x86_64'],
  'linux-arm64': ['manylinux_2_17_aarch64', 'manylinux2014_aarch64'],
};

/**
 * The wheel that suits this machine: `tensorflow-cpu` without CUDA; `tensorflow` with CUDA 12, which runs on the CPU
 * as well where there is no GPU. Absent where there is none with a library of this layout.
 */
export function chooseWheel(
  variant: NativeVariant,
  machine: string = `${process.platform}-${process.arch}`,
): WheelChoice | undefined {
  const platforms = platformNames[machine];
  if (platforms === undefined) return undefined;
  // On ARM the plain name is the CPU one, and there is none with CUDA.
  if (machine === 'linux-arm64' && variant === 'gpu') return undefined;
  const name = variant === 'gpu' || machine === 'linux-arm64' ? 'tensorflow' : 'tensorflow-cpu';
  return { requirement: `${name}==${wheelVersion}`, pythonVersion: '3.11', platforms };
}
