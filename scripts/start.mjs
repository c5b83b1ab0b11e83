// The main job: set up, then a whole distillation on real data, with a report at the end.
import { spawn } from 'node:child_process';
import { root, setUp } from './setup.mjs';

setUp();
const recipe = 'libs/recipes/library/fashion-mnist.yaml';
const args = process.argv.slice(2);
console.log(`\n== distilling: lyceum run ${recipe}\n`);
const child = spawn(process.execPath, ['libs/cli/bin/lyceum.js', 'run', recipe, ...args], {
  cwd: root,
  stdio: 'inherit',
});
// Ctrl-C goes to the whole process group; the child ends its processes in order and this waits for it.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
