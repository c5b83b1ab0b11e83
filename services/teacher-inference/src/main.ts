import { openArtifacts } from '@lyceum/artifacts';
import { invalidField } from '@lyceum/errors';
import { startServer } from '@lyceum/rpc';
import { logger as createLogger, startTelemetry } from '@lyceum/telemetry';
import { readFile } from 'node:fs/promises';
import { exitWithParent } from '@lyceum/settings';
import { settings } from './settings.js';
import { TeacherHost } from './teacher-host.js';
import { teacherService } from './teacher-service.js';

const options = settings.parseOrExit(process.argv.slice(2), process.env);
const logger = createLogger('teacher');
const telemetry = await startTelemetry({ service: 'teacher' });
const hosted: { host?: TeacherHost } = {};

const server = await startServer({
  address: options.address,
  services: [teacherService(() => hosted.host, options)],
});
logger.info({ address: server.address }, 'listening');

const started = await TeacherHost.start({
  ...options,
  onExit: (error) => {
    logger.fatal({ error }, 'the compute thread died');
    process.exit(1);
  },
});
for (const [i, entry] of options.teachers.entries()) {
  const [name, weights] = entry.split('=', 2);
  if (!name || !weights)
    throw invalidField(`teachers[${i}]`, `must be name=weights.safetensors, found "${entry}"`);
  const bytes =
    options.artifactsUrl === ''
      ? await readFile(weights)
      : await openArtifacts(options.artifactsUrl).get(weights);
  const teacher = await started.load(name, bytes);
  logger.info({ name, architecture: teacher.architecture, digest: teacher.weightsDigest }, 'teacher loaded');
}
hosted.host = started;
server.setServing(true);

const stop = async () => {
  await server.drain(5000);
  await started.stop();
  await telemetry.shutdown();
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
exitWithParent(() => void stop());
