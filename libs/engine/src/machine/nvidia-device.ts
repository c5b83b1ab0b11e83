import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const driverFolder = '/proc/driver/nvidia/gpus';

/** The name of the first NVIDIA GPU whose driver is loaded, without calling any tool; absent where there is none. */
export function nvidiaDevice(): string | undefined {
  try {
    for (const gpu of readdirSync(driverFolder).sort()) {
      const model = /^Model:\s*(.+)$/m.exec(readFileSync(join(driverFolder, gpu, 'information'), 'utf8'));
      if (model !== null) return model[1].trim();
    }
  } catch {
    // No driver of the usual kind: the device files below decide.
  }
  return existsSync('/dev/nvidiactl') && existsSync('/dev/nvidia0') ? 'NVIDIA GPU' : undefined;
}
