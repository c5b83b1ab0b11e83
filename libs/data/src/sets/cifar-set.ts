import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataContent, Normalization, ReadRequest, SplitName } from '../data-set.js';
import { cifarFiles, hasCifarFiles, readCifarSplit, type CifarLayout } from '../formats/cifar-folder.js';
import { downloadArchive } from '../supply/download-fetcher.js';
import type { RemoteFile } from '../supply/download-file.js';
import { provideFolder, type Provided, type Supply } from '../supply/provide-folder.js';
import { unpackTarGz } from '../supply/unpack-tar-gz.js';

export interface KnownCifar {
  readonly name: string;
  readonly layout: CifarLayout;
  readonly classes: readonly string[];
  readonly normalization: Normalization;
  readonly archive: RemoteFile;
}

/** Reads a CIFAR set: a given folder (or one above it) or tar.gz archive, the cache, a download. */
export async function readKnownCifar(known: KnownCifar, request: ReadRequest): Promise<DataContent> {
  const { name, layout, classes, normalization, archive } = known;
  const files = cifarFiles(layout);
  const supply: Supply = {
    name,
    files,
    isComplete: (folder) => hasCifarFiles(folder, layout),
    systemFolders: [],
    fetchers: [downloadArchive(archive, layout.folder, files)],
  };
  const provided = await provideFolder(supply, request.path, request.cacheFolder, request.onProgress);
  const isArchive = await stat(provided.folder).then(
    (found) => found.isFile(),
    () => false,
  );
  return isArchive ? readArchive() : readFolder(await innerFolder(provided, layout));

  async function readArchive(): Promise<DataContent> {
    const folder = await mkdtemp(join(tmpdir(), 'lyceum-cifar-'));
    try {
      await unpackTarGz(provided.folder, folder, layout.folder, files, provided.remedy);
      return await readFolder(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async function readFolder(folder: string): Promise<DataContent> {
    const read = (split: SplitName) =>
      readCifarSplit(folder, layout, split, provided.remedy, (labels) => request.choose(split, labels));
    const [train, test] = [await read('train'), await read('test')];
    return { shape: [32, 32, 3], classes, normalization, source: provided.source, train, test };
  }
}

/** The archive unpacked as it is has a folder of its own around the files. */
async function innerFolder({ folder }: Provided, layout: CifarLayout): Promise<string> {
  const inner = join(folder, layout.folder);
  return (await hasCifarFiles(inner, layout)) ? inner : folder;
}
