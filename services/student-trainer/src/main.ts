import { loadLossPackages } from '@lyceum/losses';
import { startServer } from '@lyceum/rpc';
import { exitOnFault, logger as createLogger, startTelemetry } from '@lyceum/telemetry';
import { hostname } from 'node:os';
import { Compute } from './compute.js';
import { PeerHub } from './peer-hub.js';
import { peerService } from './peer-service.js';
import { Progress } from './progress.js';
import { exitWithParent } from '@lyceum/settings';
import { settings } from './settings.js';
import { TaskLoop } from './task-loop.js';
import { trainerService } from './trainer-service.js';

const options = settings.parseOrExit(process.argv.slice(2), process.env);
const logger = createLogger('trainer');
exitOnFault(logger);
// What is wrong with a package is said here, before anything is started that has to be stopped again.
await loadLossPackages(options.lossPackages);
const telemetry = await startTelemetry({ service: 'trainer' });
const hub = new PeerHub();
const progress = new Progress();
const stopping = new AbortController();

const server = await startServer({
  address: options.address,
  services: [peerService(hub), trainerService(progress, () => progress.requestCheckpoint())],
});
logger.info({ address: server.address }, 'listening');

const compute = await Compute.start({
  backend: options.backend,
  threadCount: options.threadCount,
  lossPackages: options.lossPackages,
  onExit: (error) => {
    logger.fatal({ error }, 'the compute thread died');
    process.exit(1);
  },
});
logger.info({ ...compute.engine }, 'engine ready');
server.setServing(true);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
exitWithParent(() => stopping.abort());

await new TaskLoop({
  worker: options.workerName || `trainer-${hostname()}-${process.pid}`,
  address: server.address,
  orchestratorAddress: options.orchestratorAddress,
  artifactsUrl: options.artifactsUrl,
  compute,
  hub,
  progress,
  windowBatches: options.windowBatches,
  patienceMs: options.patienceSeconds * 1000,
  logger,
  signal: stopping.signal,
}).run();

await server.drain(5000);
await compute.stop();
await telemetry.shutdown();
