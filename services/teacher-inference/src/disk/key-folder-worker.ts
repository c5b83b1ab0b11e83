import { emitEvent, serveWorker, transfer, workerInput } from '@lyceum/engine/worker';
import type { KeyFolderApi, KeyFolderEvent, KeyFolderInput } from './key-folder-api.js';
import { KeyFolder } from './key-folder.js';

// The thread that reads and writes the folder of keys, so that a slow disk delays no health check.

const folder = new KeyFolder({
  ...workerInput<KeyFolderInput>(),
  warn: (warning) => emitEvent({ warning } satisfies KeyFolderEvent),
});

serveWorker<KeyFolderApi>({
  get: (spec, indices) => {
    const found = folder.get(spec, indices);
    return (
      found &&
      transfer(
        found,
        found.map(({ buffer }) => buffer as ArrayBuffer),
      )
    );
  },
  put: (spec, indices, tensors) => folder.put(spec, indices, tensors),
  close: () => folder.close(),
});
