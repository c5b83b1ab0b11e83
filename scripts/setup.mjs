// Brings a fresh checkout to where it can run: packages, build, TensorFlow. Needs nothing but Node itself.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Lyceum needs Node 20.19 or later, this is ${process.versions.node}; see https://nodejs.org`);
  process.exit(2);
}

/** Runs a command and shows what it prints; ends this process when it fails. */
export function run(title, command, args, { advice = '' } = {}) {
  const started = Date.now();
  console.log(`\n== ${title}`);
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error(
      `\n${title}: failed${error ? ` (${error.message})` : ` with exit code ${status}`}. ${advice}`,
    );
    process.exit(status ?? 1);
  }
  console.log(`   done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

function installPackages() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'node_modules/.lyceum-installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  run('installing packages', 'npm', ['ci', '--ignore-scripts', '--no-fund', '--no-audit'], {
    advice: 'Is the npm registry reachable? `npm ci --ignore-scripts` shows more.',
  });
  writeFileSync(stamp, lock);
}

/** Packages, build, and the engine in the given variants (`cpu`, `gpu`, `both`, `auto`). */
export function setUp({ variant = 'auto' } = {}) {
  installPackages();
  run('building', process.execPath, ['node_modules/typescript-native/bin/tsc', '-b']);
  run('providing TensorFlow', process.execPath, ['scripts/provision.mjs', '--variant', variant]);
}
