import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { LyceumError } from '@lyceum/errors';
import type { NativePackage, NativeVariant } from '../backends/native-package.js';
import { findBuildTools, missingTools } from '../machine/build-tools.js';
import { nvidiaDevice } from '../machine/nvidia-device.js';
import { buildAddon } from './build-addon.js';
import { addCudaRuntime } from './cuda-runtime.js';
import { downloadWheel } from './download-wheel.js';
import type { Rung, RungContext } from './rung.js';
import { unpackWheel } from './unpack-wheel.js';
import { chooseWheel } from './wheel-choice.js';

/** The two libraries, which export TensorFlow's whole C interface, and the headers that the binding includes. */
const wantedFromWheel = {
  'tensorflow/libtensorflow_cc.so.2': 'deps/lib/libtensorflow_cc.so.2',
  'tensorflow/libtensorflow_framework.so.2': 'deps/lib/libtensorflow_framework.so.2',
  'tensorflow/include/tensorflow/c/': 'include/tensorflow/c/',
  'tensorflow/include/tensorflow/core/platform/': 'include/tensorflow/core/platform/',
  'tensorflow/include/tsl/': 'include/tsl/',
  'tensorflow/include/xla/tsl/': 'include/xla/tsl/',
};

/** Takes TensorFlow out of the wheel on PyPI and compiles the binding against it. */
export function wheelRung(variant: NativeVariant): Rung {
  const choice = chooseWheel(variant);
  // The wheel leaves CUDA to the machine; where there is a GPU, it is fetched the same way.
  const withCuda = variant === 'gpu' && nvidiaDevice() !== undefined;
  return {
    id: 'wheel',
    brings: `${(choice?.requirement ?? 'no wheel').replace('==', '-')}${withCuda ? '-cuda' : ''}`,
    async refusal() {
      if (choice === undefined) return `there is no ${variant} wheel for ${process.platform} ${process.arch}`;
      const missing = missingTools(await findBuildTools());
      if (missing.length === 0) return undefined;
      return missing.map(({ tool, fix }) => `${tool} is missing: ${fix}`).join('; ');
    },
    async fill({ target, downloads, report }: RungContext, folder) {
      const tools = await findBuildTools();
      if (choice === undefined || tools.python === undefined) throw changedMeanwhile(target);
      report('download', `fetching ${choice.requirement} with pip`);
      const wheel = await downloadWheel(tools.python.command, choice, downloads, report);
      report('unpack', 'unpacking the libraries and headers');
      await unpackWheel(tools.python.command, wheel, folder, wantedFromWheel, report);
      const libraries = join(folder, 'deps', 'lib');
      await symlink('libtensorflow_cc.so.2', join(libraries, 'libtensorflow.so'));
      await symlink('libtensorflow_framework.so.2', join(libraries, 'libtensorflow_framework.so'));
      report('build', `compiling the binding with ${tools.compiler?.version ?? 'the compiler'}`);
      await buildAddon(target, tools, { include: join(folder, 'include'), libraries, folder });
      if (withCuda) await addCudaRuntime(tools.python.command, { choice, wheel, downloads, folder, report });
      await rm(join(folder, 'include'), { recursive: true });
    },
  };
}

function changedMeanwhile(target: NativePackage): LyceumError {
  return new LyceumError(
    'MISSING_DEPENDENCY',
    `engine: the tools to build ${target.name} have gone; run it again`,
  );
}
