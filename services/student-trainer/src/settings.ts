import { defineSettings } from '@lyceum/settings';

export const settings = defineSettings({
  service: 'trainer',
  description: 'Trains students: leases tasks from the orchestrator, pulls keys from teachers, checkpoints.',
  fields: {
    address: {
      type: 'string',
      default: '127.0.0.1:0',
      description: 'where to listen: unix:/path or host:port',
    },
    orchestratorAddress: { type: 'string', required: true, description: 'orchestrator to lease tasks from' },
    artifactsUrl: {
      type: 'string',
      required: true,
      description: 'artifact store: a folder or file:///folder',
    },
    workerName: {
      type: 'string',
      default: '',
      description: 'name among the workers; default: made of host and process id',
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
    windowBatches: {
      type: 'integer',
      default: 8,
      min: 1,
      max: 1024,
      description: 'batches asked of a teacher ahead of the step',
    },
    patienceSeconds: {
      type: 'number',
      default: 120,
      min: 0,
      description: 'how long to wait for a teacher, loss service or peer that is away before the task fails',
    },
    lossPackages: {
      type: 'list',
      default: [],
      description: 'packages of losses (names, or folders) whose code may run here; only what you trust',
    },
  },
});
