// Writes docs/metrics.md from the table of metrics.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { metricsPage } from '../dist/index.js';

const docs = fileURLToPath(new URL('../../../docs/', import.meta.url));
mkdirSync(docs, { recursive: true });
writeFileSync(`${docs}metrics.md`, metricsPage());
