import { defineSettings } from '@lyceum/settings';

export const settings = defineSettings({
  service: 'teacher',
  description: 'Serves teachers: streams soft labels, attention maps and other keys to students.',
  fields: {
    address: {
      type: 'string',
      default: '127.0.0.1:7001',
      description: 'where to listen: unix:/path or host:port',
    },
    teachers: {
      type: 'list',
      required: true,
      description: 'teachers to serve, each as name=weights.safetensors; the file says its architecture',
    },
    artifactsUrl: {
      type: 'string',
      default: '',
      description: 'artifact store in which the weights are; empty: they are files',
    },
    backend: {
      type: 'string',
      default: 'auto',
      choices: ['auto', 'gpu', 'cpu', 'wasm', 'js'],
      description: 'compute engine; auto takes the best that is installed',
    },
    threadCount: {
      type: 'integer',
      default: 0,
      min: 0,
      max: 1024,
      description: 'compute threads; 0: all cores',
    },
    batchSizeLimit: {
      type: 'integer',
      default: 1024,
      min: 1,
      max: 65536,
      description: 'largest batch that is accepted',
    },
    windowBatches: {
      type: 'integer',
      default: 64,
      min: 1,
      max: 4096,
      description: 'most unanswered batches of a stream',
    },
    streamLimit: { type: 'integer', default: 64, min: 1, max: 10000, description: 'most streams at a time' },
    cacheBytes: {
      type: 'integer',
      default: 1024 ** 3,
      min: 0,
      description: 'memory for keys that were computed before; 0: none',
    },
    cacheFolder: {
      type: 'string',
      default: '',
      description: 'folder for keys that outlive this process; several teachers may share it; empty: none',
    },
    cacheFolderBytes: {
      type: 'integer',
      default: 8 * 1024 ** 3,
      min: 0,
      description: 'most bytes in that folder, the least recently used go first; 0: no keys are kept',
    },
    dataRoots: { type: 'list', default: [], description: 'folders that data named by path may lie in' },
    lossPackages: {
      type: 'list',
      default: [],
      description: 'packages of losses (names, or folders) whose code may run here; only what you trust',
    },
  },
});
