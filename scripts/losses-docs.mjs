// Writes docs/losses.md, with errors and bytes measured on running services, from what was built: npm run losses:docs
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngine } from '@lyceum/engine';
import { catalogue } from '@lyceum/recipes';
import { waitForReady } from '@lyceum/rpc';
import { dataOf } from '../test/dist/losses/key-plan.js';
import { lossesPage } from '../test/dist/losses/page/losses-page.js';
import { measure } from '../test/dist/losses/page/measure.js';
import { makeWeights } from '../test/dist/processes/made-weights.js';
import { RunningProcess } from '../test/dist/processes/running-process.js';
import { root } from './setup.mjs';

const golden = join(root, 'test/golden');
const pair = catalogue.usualPair;
const folder = mkdtempSync(join(tmpdir(), 'lyceum-losses-'));
const running = [];

async function serve(name, ...args) {
  const address = `unix:${join(folder, `${name}.sock`)}`;
  const main = join(root, 'services', name, 'dist/main.js');
  const service = RunningProcess.spawn(name, [main, '--address', address, ...args]);
  running.push(service);
  await service.says(/"address":"/);
  await waitForReady(address, { deadlineMs: 90_000 });
  return address;
}

try {
  // One thread: sums in one order, so that the errors' digits are the same every time.
  await startEngine({ backend: 'auto', threads: 1 });
  const made = { architecture: pair.teacher, data: dataOf(pair).name, seed: 1 };
  const weights = await makeWeights(folder, made);
  const at = {
    teacher: await serve('teacher-inference', '--teachers', `teacher=${weights}`, '--cache-bytes', '0'),
    loss: await serve('loss', '--thread-count', '1'),
  };
  const page = await lossesPage(golden, await measure(golden, pair, at));
  writeFileSync(join(root, 'docs/losses.md'), page);
} finally {
  for (const service of running) await service.stop();
  rmSync(folder, { recursive: true });
}
