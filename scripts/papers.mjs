// Every recipe of the library with several seeds, into docs/results.md and docs/results.html: npm run papers -- --help
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, setUp } from './setup.mjs';

const args = process.argv.slice(2);
const entry = join(root, 'libs/cli/bin/lyceum.js');
const asksForHelp = args.includes('--help') || args.includes('-h');
if (!asksForHelp || !existsSync(join(root, 'libs/cli/dist/main.js'))) setUp();
const child = spawn(process.execPath, [entry, 'papers', ...args], { cwd: root, stdio: 'inherit' });
// Ctrl-C goes to the whole process group; the child ends its processes in order and this waits for it.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
