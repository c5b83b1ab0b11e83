import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openStore } from './index.js';
import { planOf, workerOf } from './suite/plans.js';

const folder = mkdtempSync(join(tmpdir(), 'lyceum-store-'));
const url = `pglite://${folder}/state`;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Another process that opens the store and appends numbered notes, each printed once it is acknowledged. */
function startWriter(round: number): ChildProcess {
  const built = new URL('../dist/index.js', import.meta.url).href;
  const script = `import { openStore } from ${JSON.stringify(built)};
    const store = await openStore(${JSON.stringify(url)});
    for (let n = 1; ; n += 1) {
      await store.appendEvent('a', { kind: 'note', message: '${round}.' + n });
      process.stdout.write('${round}.' + n + '\\n');
    }`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

// The first start initialises a database: seconds of computing, minutes on a machine that does much else.
describe('an embedded store', { timeout: 240_000 }, () => {
  it('loses nothing that it acknowledged to a process that is killed, and opens at once afterwards', async () => {
    const first = await openStore(url);
    await first.createRun(planOf('a'));
    await first.close();
    const acknowledged: string[] = [];
    for (const round of [1, 2]) {
      const writer = startWriter(round);
      let heard = '';
      writer.stdout?.on('data', (text: Buffer) => {
        heard += text.toString();
        if (heard.split('\n').length > 20 + round * 9) writer.kill('SIGKILL');
      });
      await once(writer, 'close');
      acknowledged.push(...heard.split('\n').slice(0, -1));
    }
    expect(acknowledged.length).toBeGreaterThan(40);
    const store = await openStore(url);
    const events = await store.eventsAfter('a', 0, 10_000);
    expect(events.map((event) => event.sequence)).toEqual(events.map((_, index) => index + 1));
    const notes = events.slice(1).map((event) => event.message);
    expect(notes.filter((note) => acknowledged.includes(note))).toEqual(acknowledged);
    // At most the one note of each round that was written but not yet acknowledged.
    expect(notes.length - acknowledged.length).toBeLessThanOrEqual(2);
    await store.close();
  });

  it('refuses a second process while the first lives, and names it', async () => {
    const writer = startWriter(3);
    await once(writer.stdout ?? writer, 'data');
    const second = openStore(url);
    await expect(second).rejects.toMatchObject({
      reason: 'WRONG_STATE',
      metadata: { pid: String(writer.pid) },
    });
    await expect(second).rejects.toThrow(`is in use by process ${writer.pid} on`);
    writer.kill('SIGKILL');
    await once(writer, 'close');
    const store = await openStore(url);
    await expect(openStore(url)).rejects.toMatchObject({ metadata: { pid: String(process.pid) } });
    await store.close();
  });

  it('keeps runs, leases and fences from one start to the next', async () => {
    const before = await openStore(url);
    await before.createRun(planOf('kept', [{ name: 'x/y' }]));
    await before.registerWorker(workerOf('w1'));
    await before.cancelRun('a');
    const lease = await before.leaseTask({ worker: 'w1', leaseMs: 60_000 });
    const run = await before.getRun('kept');
    await before.close();
    const after = await openStore(url);
    expect(await after.getRun('kept')).toEqual(run);
    expect(
      await after.reportTask({
        run: 'kept',
        task: 'x/y',
        fence: lease?.fence ?? 0,
        step: 1,
        stepCount: 2,
        leaseMs: 1,
      }),
    ).toEqual({
      cancel: false,
    });
    await after.close();
  });

  it('says that a folder is damaged instead of starting over in it', async () => {
    truncateSync(join(folder, 'state/data/global/pg_control'), 0);
    await expect(openStore(url)).rejects.toMatchObject({ reason: 'CORRUPT_FILE' });
    await expect(openStore(url)).rejects.toThrow('cannot be opened as an embedded database');
  });

  it('names what is wrong with a URL', async () => {
    await expect(openStore('state')).rejects.toMatchObject({
      reason: 'INVALID_FIELD',
      violations: [{ field: 'state' }],
    });
    await expect(openStore('mysql://x')).rejects.toThrow(
      'there is no state driver "mysql"; known: pglite, memory, postgres',
    );
    await expect(openStore('pglite://host/x')).rejects.toMatchObject({ reason: 'INVALID_FIELD' });
    writeFileSync(join(folder, 'file'), '');
    await expect(openStore(`pglite://${folder}/file`)).rejects.toThrow(/EEXIST|ENOTDIR/);
  });
});
