import { spawn } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { KeyFolder } from './key-folder.js';
import { layoutOf, type SlabLayout } from './slab-layout.js';
import { expectedRow, writtenSlab } from './written-slab.fixture.js';

/** What became of the samples that writers were told are kept. */
export interface KillReport {
  readonly acknowledged: number;
  /** Acknowledged, and not there. */
  readonly lost: number;
  /** There, and not what was written. */
  readonly wrong: number;
  /** Rows that were there only in part when the writers died. */
  readonly torn: number;
}

const entry = fileURLToPath(new URL('../../dist/disk/key-writer.fixture.js', import.meta.url));

/** Starts two processes that write the same file, and ends each in the middle of it; then looks at every row. */
export async function killWriters(folder: string, round: number, random: () => number): Promise<KillReport> {
  const view = String(round);
  const writers = [0, 1].map((seed) => killedWriter([folder, view, String(2 * round + seed)], random));
  const acknowledged = new Set((await Promise.all(writers)).flat());
  const spec = writtenSlab(view);
  const keys = new KeyFolder({ folder, limitBytes: Infinity, warn: (message) => console.warn(message) });
  const report = { acknowledged: acknowledged.size, lost: 0, wrong: 0, torn: 0 };
  for (let index = 0; index < spec.sampleCount; index += 1) {
    const found = keys.get(spec, Int32Array.of(index));
    if (found === undefined && acknowledged.has(index)) report.lost += 1;
    if (found === undefined && isBegun(folder, layoutOf(spec), index)) report.torn += 1;
    if (found !== undefined && !bytesOf(found[0]).equals(bytesOf(expectedRow(view, index))))
      report.wrong += 1;
  }
  keys.close();
  return report;
}

/** Whether anything of a row was written. */
function isBegun(folder: string, { fileName, header, rowBytes }: SlabLayout, index: number): boolean {
  const file = openSync(join(folder, fileName), 'r');
  const row = Buffer.alloc(rowBytes);
  readSync(file, row, 0, rowBytes, header.byteLength + index * rowBytes);
  closeSync(file);
  return !row.equals(Buffer.alloc(rowBytes));
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** The samples that a writer said it had written, up to its death at a moment that nobody chose. */
async function killedWriter(args: readonly string[], random: () => number): Promise<number[]> {
  const child = spawn(process.execPath, [entry, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  const started = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      resolve();
    });
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    child.once('close', (_, signal) => resolve(signal)),
  );
  await Promise.race([started, ended]);
  await pause(random() * 40);
  child.kill('SIGKILL');
  if ((await ended) !== 'SIGKILL') throw new Error('the writer ended by itself');
  // The last line may be a part of one.
  return said
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => line.split(' ').map(Number));
}
