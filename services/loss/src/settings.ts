import { defineSettings } from '@lyceum/settings';

export const settings = defineSettings({
  service: 'loss',
  description: 'Serves losses: values and gradients for trainers that do not load the loss themselves.',
  fields: {
    address: {
      type: 'string',
      default: '127.0.0.1:7002',
      description: 'where to listen: unix:/path or host:port',
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
    sessionLimit: {
      type: 'integer',
      default: 64,
      min: 1,
      max: 10000,
      description: 'most sessions at a time',
    },
    batchSizeLimit: {
      type: 'integer',
      default: 1024,
      min: 1,
      max: 65536,
      description: 'largest batch that is accepted',
    },
    lossPackages: {
      type: 'list',
      default: [],
      description: 'packages of losses (names, or folders) whose code may run here; only what you trust',
    },
  },
});
