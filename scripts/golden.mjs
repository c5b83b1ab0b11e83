// Checks all losses and operators against recorded vectors: npm run golden -- [folder]
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEngine } from '@lyceum/engine';
import { goldenTable, runGolden } from '@lyceum/losses';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = resolve(process.argv[2] ?? `${root}/test/golden`);

const engine = await startEngine({ backend: 'auto' });
const report = await runGolden(folder).catch((error) => ({ cases: [], problems: [error.message] }));
if (report.cases.length > 0) console.log(goldenTable(report));
for (const problem of report.problems) console.error(problem);
const verdict = report.problems.length === 0 ? 'all within bounds' : `${report.problems.length} problems`;
console.log(`${report.cases.length} cases of ${folder} on ${engine.package} (${engine.device}): ${verdict}`);
process.exitCode = report.problems.length === 0 ? 0 : 1;
