import { defineSettings } from '@lyceum/settings';

export const settings = defineSettings({
  service: 'orchestrator',
  description: 'Plans runs, leases their tasks to workers, launches workers and services, recovers.',
  fields: {
    address: {
      type: 'string',
      default: '127.0.0.1:7000',
      description: 'where to listen: unix:/path or host:port',
    },
    stateUrl: { type: 'string', required: true, description: 'state: pglite:///folder or postgres://...' },
    artifactsUrl: {
      type: 'string',
      required: true,
      description: 'artifact store: a folder or file:///folder',
    },
    socketFolder: {
      type: 'string',
      required: true,
      description: 'folder for the Unix sockets of local workers',
    },
    logFolder: {
      type: 'string',
      default: '',
      description: 'folder for the logs of local workers; empty: to stderr',
    },
    trainerCount: {
      type: 'integer',
      default: 2,
      min: 0,
      max: 256,
      description: 'trainers to start as child processes, at most; 0: trainers join by themselves',
    },
    threadCount: {
      type: 'integer',
      default: 0,
      min: 0,
      max: 1024,
      description: 'compute threads of a local worker; 0: all cores',
    },
    backend: {
      type: 'string',
      default: 'auto',
      choices: ['auto', 'gpu', 'cpu', 'wasm', 'js'],
      description: 'compute engine of local workers',
    },
    cacheFolder: {
      type: 'string',
      default: '',
      description:
        'folder for keys that its teachers keep from one run to the next; empty: `keys` in the folder of pglite state, else none',
    },
    cacheFolderBytes: {
      type: 'integer',
      default: 8 * 1024 ** 3,
      min: 0,
      description: 'most bytes in that folder, the least recently used go first; 0: no keys are kept',
    },
    leaseSeconds: {
      type: 'number',
      default: 15,
      min: 1,
      max: 3600,
      description: 'how long a worker may be silent',
    },
    attemptLimit: {
      type: 'integer',
      default: 5,
      min: 1,
      max: 1000,
      description: 'starts of a task before its run fails',
    },
    lossPackages: {
      type: 'list',
      default: [],
      description: 'packages of losses (names, or folders) whose code may run here; only what you trust',
    },
  },
});
