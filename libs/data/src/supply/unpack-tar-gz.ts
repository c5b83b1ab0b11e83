import { createReadStream, createWriteStream } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import tar from 'tar-stream';
import { corruptFile } from '../corrupt-file.js';

/**
 * Unpacks the wanted files of one folder of a tar.gz archive into `target`, flat. Names are compared, never joined
 * unseen, so no entry can leave the target.
 * @throws LyceumError CORRUPT_FILE when the archive is damaged or lacks a wanted file.
 */
export async function unpackTarGz(
  archive: string,
  target: string,
  archiveFolder: string,
  wanted: readonly string[],
  remedy = 'delete it and run again to fetch it anew',
): Promise<void> {
  const missing = new Set(wanted);
  const extract = tar.extract();
  const reading = pipeline(createReadStream(archive, { highWaterMark: 1 << 20 }), createGunzip(), extract);
  const writing = (async () => {
    for await (const entry of extract) {
      const name = basename(entry.header.name);
      const isWanted = entry.header.type === 'file' && basename(dirname(entry.header.name)) === archiveFolder;
      if (isWanted && missing.delete(name))
        await pipeline(Readable.from(entry), createWriteStream(join(target, name)));
      else entry.resume();
    }
  })();
  const [read, written] = await Promise.allSettled([reading, writing]);
  const failed = [read, written].find((result) => result.status === 'rejected');
  if (failed?.status === 'rejected') {
    const error = failed.reason as NodeJS.ErrnoException;
    if (error.code === 'ENOSPC' || error.code === 'ENOENT') throw error;
    throw corruptFile(archive, `is no intact tar.gz archive (${error.message})`, remedy, error);
  }
  if (missing.size > 0)
    throw corruptFile(archive, `lacks ${archiveFolder}/${[...missing].join(', ')}`, remedy);
}
