import { loadLossPackages } from '@lyceum/losses';
import { startServer } from '@lyceum/rpc';
import { exitOnFault, logger as createLogger, startTelemetry } from '@lyceum/telemetry';
import { LossHost } from './loss-host.js';
import { lossService } from './loss-service.js';
import { exitWithParent } from '@lyceum/settings';
import { settings } from './settings.js';

const options = settings.parseOrExit(process.argv.slice(2), process.env);
const logger = createLogger('loss');
exitOnFault(logger);
await loadLossPackages(options.lossPackages);
const telemetry = await startTelemetry({ service: 'loss' });
const hosted: { host?: LossHost } = {};

const server = await startServer({
  address: options.address,
  services: [lossService(() => hosted.host, options)],
});
logger.info({ address: server.address }, 'listening');

const started = await LossHost.start({
  ...options,
  onExit: (error) => {
    logger.fatal({ error }, 'the compute thread died');
    process.exit(1);
  },
});
hosted.host = started;
server.setServing(true);
logger.info({ ...started.engine }, 'engine ready');

const stop = async () => {
  await server.drain(5000);
  await started.stop();
  await telemetry.shutdown();
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
exitWithParent(() => void stop());
