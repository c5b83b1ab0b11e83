// Generates libs/contracts from proto/: TypeScript, and the descriptor set that servers show by reflection;
// and the messages of ONNX in libs/export.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const buf = `${root}/node_modules/@bufbuild/buf/bin/buf`;
const run = (folder, ...args) =>
  execFileSync(process.execPath, [buf, ...args], { cwd: `${root}/${folder}`, stdio: 'inherit' });

for (const generated of ['contracts', 'export']) {
  rmSync(`${root}/libs/${generated}/src/gen`, { recursive: true, force: true });
}
run('proto', 'generate');
run('libs/export/proto', 'generate');
run('proto', 'build', '--as-file-descriptor-set', '-o', `${root}/libs/contracts/descriptors.binpb`);
