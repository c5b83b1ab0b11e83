import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadFile, type RemoteFile } from './download-file.js';
import type { Fetcher } from './provide-folder.js';
import { unpackTarGz } from './unpack-tar-gz.js';

/** Fetches files as they are published. */
export function downloadFiles(files: readonly RemoteFile[]): Fetcher {
  return {
    label: 'download',
    async fetch(folder, onProgress) {
      for (const file of files) await downloadFile(file, join(folder, file.name), onProgress);
    },
  };
}

/** Fetches a tar.gz archive and unpacks the wanted files from one of its folders. */
export function downloadArchive(
  archive: RemoteFile,
  archiveFolder: string,
  wanted: readonly string[],
): Fetcher {
  return {
    label: 'download',
    async fetch(folder, onProgress) {
      const path = join(folder, archive.name);
      await downloadFile(archive, path, onProgress);
      onProgress({ step: `unpacking ${archive.name}`, done: 0, unit: 'bytes' });
      await unpackTarGz(path, folder, archiveFolder, wanted);
      await rm(path);
    },
  };
}
