// Every check of the project, counted: format, contracts, lint, unit tests, and tests over real processes.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, setUp } from './setup.mjs';

setUp({ variant: 'both' });

const totals = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const env = {
  ...process.env,
  NX_DAEMON: 'false',
  NX_TUI: 'false',
  FORCE_COLOR: process.env.FORCE_COLOR ?? '0',
};

/** One check that is a command: it passed when the command did. */
function check(title, command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env });
  if (status === 0) totals.passed += 1;
  else {
    totals.failed += 1;
    failures.push(title);
  }
}

const nx = (...args) => ['node_modules/nx/dist/bin/nx.js', ...args];

console.log('\n== format and contracts');
check('format', process.execPath, [
  'node_modules/prettier/bin/prettier.cjs',
  '--check',
  '--log-level',
  'warn',
  '.',
]);
check('contracts', process.execPath, ['scripts/proto-check.mjs']);
console.log('\n== lint');
check('lint', process.execPath, nx('run-many', '-t', 'lint', '--outputStyle=static'));
check('no import cycles', process.execPath, [
  'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
  '--config',
  '.dependency-cruiser.cjs',
  'libs',
  'services',
]);
console.log('\n== unit tests');
const unit = spawnSync(process.execPath, nx('run-many', '-t', 'test', '--outputStyle=static'), {
  cwd: root,
  stdio: 'inherit',
  env,
});
console.log('\n== tests over real processes');
const e2e = spawnSync(process.execPath, nx('run-many', '-t', 'e2e', '--outputStyle=static'), {
  cwd: root,
  stdio: 'inherit',
  env,
});

let counted = 0;
for (const project of [...folders('libs'), ...folders('services'), 'test']) {
  const file = join(root, project, 'test-results/counts.json');
  if (!hasTests(project)) continue;
  if (!existsSync(file)) {
    totals.failed += 1;
    failures.push(`${project}: its tests left no result`);
    continue;
  }
  const counts = JSON.parse(readFileSync(file, 'utf8'));
  counted += 1;
  for (const key of Object.keys(totals)) totals[key] += counts[key];
  if (counts.failed > 0) failures.push(`${project}: ${counts.failed} failed`);
  for (const name of counts.skips) console.log(`skipped: ${project}: ${name}`);
}
if ((unit.status !== 0 || e2e.status !== 0) && totals.failed === 0) {
  totals.failed += 1;
  failures.push('a project could not be tested');
}
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`\n${counted} projects with tests`);
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(totals.failed === 0 ? 0 : 1);

function folders(parent) {
  return readdirSync(join(root, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${parent}/${entry.name}`);
}

function hasTests(project) {
  const pending = [join(root, project)];
  while (pending.length > 0) {
    const folder = pending.pop();
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (['node_modules', 'dist', 'test-results'].includes(entry.name)) continue;
      if (entry.isDirectory()) pending.push(join(folder, entry.name));
      else if (entry.name.endsWith('.test.ts')) return true;
    }
  }
  return false;
}
