// A compute thread that takes a step's keys and does nothing with them.
import { serveWorker } from '@lyceum/engine';

serveWorker({ step: (_, { teacher }) => teacher.reduce((sum, { data }) => sum + data.length, 0) });
