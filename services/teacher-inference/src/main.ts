import { loadLossPackages } from '@lyceum/losses';
import { startServer } from '@lyceum/rpc';
import { exitOnFault, logger as createLogger, startTelemetry } from '@lyceum/telemetry';
import { exitWithParent } from '@lyceum/settings';
import { settings } from './settings.js';
import { naming, parseTeachers, readWeights } from './teacher-entries.js';
import { TeacherHost } from './teacher-host.js';
import { teacherService } from './teacher-service.js';

const options = settings.parseOrExit(process.argv.slice(2), process.env);
const logger = createLogger('teacher');
exitOnFault(logger);
await loadLossPackages(options.lossPackages);
const teachers = parseTeachers(options.teachers);
const telemetry = await startTelemetry({ service: 'teacher' });
const hosted: { host?: TeacherHost } = {};

const server = await startServer({
  address: options.address,
  services: [teacherService(() => hosted.host, options, logger)],
});
logger.info({ address: server.address }, 'listening');

const started = await TeacherHost.start({
  ...options,
  warn: (message) => logger.warn(message),
  onExit: (error) => {
    logger.fatal({ error }, 'the compute thread died');
    process.exit(1);
  },
});
for (const entry of teachers) {
  const teacher = await started
    .load(entry.name, await readWeights(entry, options.artifactsUrl))
    .catch(naming(entry));
  logger.info(
    { name: entry.name, architecture: teacher.architecture, digest: teacher.weightsDigest },
    'teacher loaded',
  );
}
hosted.host = started;
server.setServing(true);

const stop = async () => {
  await server.drain(5000);
  await started.stop();
  logger.info(started.counts, 'answered in all');
  await telemetry.shutdown();
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
exitWithParent(() => void stop());
