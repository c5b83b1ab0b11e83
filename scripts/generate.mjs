// Generates libs/contracts from proto/: TypeScript, and the descriptor set that servers show by reflection.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const buf = `${root}/node_modules/@bufbuild/buf/bin/buf`;
const run = (...args) =>
  execFileSync(process.execPath, [buf, ...args], { cwd: `${root}/proto`, stdio: 'inherit' });

rmSync(`${root}/libs/contracts/src/gen`, { recursive: true, force: true });
run('generate');
run('build', '--as-file-descriptor-set', '-o', `${root}/libs/contracts/descriptors.binpb`);
