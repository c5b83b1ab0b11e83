import { LyceumError } from '@lyceum/errors';
import { runCommand } from '../machine/run-command.js';
import { downloadWheel } from './download-wheel.js';
import type { Report } from './progress.js';
import { unpackWheel } from './unpack-wheel.js';
import type { WheelChoice } from './wheel-choice.js';

const script = `
import re, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    name = next(each for each in archive.namelist() if each.endswith('.dist-info/METADATA'))
    for line in archive.read(name).decode().splitlines():
        found = re.match(r"Requires-Dist: (nvidia-\\S+?)[ (]*==([^ ;)]+).*extra == 'and-cuda'", line)
        if found: print(found[1] + '==' + found[2])
`;

/** A compiler and a library for several GPUs, neither of which one eager step loads. */
const notNeeded = /^nvidia-(cuda-nvcc|nccl)-/;

/**
 * Puts CUDA and cuDNN where the wheel's library looks for them (`../nvidia/<part>/lib` beside `lib`), in the versions
 * that the wheel names itself.
 */
export async function addCudaRuntime(
  python: string,
  { choice, wheel, downloads, folder, report }: CudaPlace,
): Promise<void> {
  const listed = await runCommand(python, ['-c', script, wheel]);
  const requirements = listed.stdout.split('\n').filter((line) => line !== '' && !notNeeded.test(line));
  if (requirements.length === 0) {
    throw new LyceumError('CORRUPT_FILE', `engine: the wheel ${wheel} does not say which CUDA it needs`);
  }
  for (const requirement of requirements) {
    report('download', `fetching ${requirement}`);
    const part = await downloadWheel(python, { ...choice, requirement }, downloads, report);
    await unpackWheel(python, part, folder, { 'nvidia/': 'deps/nvidia/' }, report);
  }
}

interface CudaPlace {
  readonly choice: WheelChoice;
  readonly wheel: string;
  readonly downloads: string;
  readonly folder: string;
  readonly report: Report;
}
