import { loadLossPackages } from '@lyceum/recipes';
import { startServer } from '@lyceum/rpc';
import { exitWithParent } from '@lyceum/settings';
import { openStore } from '@lyceum/store';
import { exitOnFault, logger as createLogger, startTelemetry } from '@lyceum/telemetry';
import { LocalLauncher } from './local-launcher.js';
import { orchestratorService } from './orchestrator-service.js';
import { keysFolder } from './keys-folder.js';
import { lossPackageArgs } from './loss-package-args.js';
import { RunServices } from './run-services.js';
import { Runs } from './runs.js';
import { settings } from './settings.js';
import { Upkeep } from './upkeep.js';
import { workerService } from './worker-service.js';
import { Workforce } from './workforce.js';

const options = settings.parseOrExit(process.argv.slice(2), process.env);
const logger = createLogger('orchestrator');
exitOnFault(logger);
await loadLossPackages(options.lossPackages);
const telemetry = await startTelemetry({ service: 'orchestrator' });
const store = await openStore(options.stateUrl);
const runs = new Runs({ ...options, store });
const launcher = new LocalLauncher({
  logFolder: options.logFolder,
  logger,
  onCrash: (name, how, isGivenUp) => upkeep.crashed(name, how, isGivenUp),
});
// Asked for when a trainer is started: with port 0 the address is known only once the server listens.
const trainerArgs = () => [
  ...['--orchestrator-address', server.address, '--artifacts-url', options.artifactsUrl],
  ...['--backend', options.backend, '--thread-count', String(options.threadCount)],
  ...lossPackageArgs(options.lossPackages),
];
const services = new RunServices({ ...options, launcher, cacheFolder: keysFolder(options) });
const local = {
  launcher,
  services,
  trainerArgs,
  trainerCount: options.trainerCount,
  socketFolder: options.socketFolder,
};
const workforce = new Workforce({ store, runs, local });
const upkeep = new Upkeep({ store, runs, workforce, logger });

const server = await startServer({
  address: options.address,
  services: [
    orchestratorService(store, runs, workforce),
    workerService({ store, workforce, leaseMs: options.leaseSeconds * 1000, onTaskEnd: () => upkeep.soon() }),
  ],
  serving: true,
});
logger.info({ address: server.address, state: store.url }, 'serving');
upkeep.start();

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  upkeep.stop();
  await launcher.stopAll();
  await server.drain(2000);
  await store.close();
  await telemetry.shutdown();
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());
exitWithParent(() => void stop());
