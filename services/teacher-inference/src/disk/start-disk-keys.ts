import { programDigest, type EngineInfo } from '@lyceum/engine';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DiskKeys } from './disk-keys.js';

/** The packages whose code decides what a key comes to. */
const packages = ['data', 'engine', 'image', 'losses', 'models', 'random', 'tensor'];

export interface StartDiskKeysOptions {
  readonly cacheFolder: string;
  readonly cacheFolderBytes: number;
  readonly warn: (message: string) => void;
}

/** Keys on disk, where there is a folder for them. */
export async function startDiskKeys(
  { cacheFolder, cacheFolderBytes, warn }: StartDiskKeysOptions,
  engine: EngineInfo,
): Promise<DiskKeys | undefined> {
  if (cacheFolder === '' || cacheFolderBytes === 0) return undefined;
  const program = programDigest([
    fileURLToPath(new URL('..', import.meta.url)),
    ...packages.map((name) => dirname(fileURLToPath(import.meta.resolve(`@lyceum/${name}`)))),
  ]);
  return DiskKeys.start({ folder: cacheFolder, limitBytes: cacheFolderBytes, engine, program, warn });
}
