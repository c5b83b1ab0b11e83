import { engineReport } from './engine-report.js';

// `lyceum doctor`: a process of its own, since only this one loads the engine.

const report = await engineReport();
if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
} else {
  const signs = { ok: 'ok     ', warning: 'warning', problem: 'PROBLEM' };
  for (const { name, state, found, fix } of report.checks) {
    process.stdout.write(`${signs[state]}  ${name.padEnd(12)} ${found}\n`);
    if (fix !== undefined) process.stdout.write(`${' '.repeat(22)}-> ${fix}\n`);
  }
}
process.exitCode = report.checks.some(({ state }) => state === 'problem') ? 1 : 0;
