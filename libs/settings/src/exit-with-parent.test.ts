import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const index = JSON.stringify(join(import.meta.dirname, '../dist/index.js'));

/** Something that keeps it running until it is stopped, as a server does. */
const script = `
  import { exitWithParent } from ${index};
  const running = setInterval(() => undefined, 1000);
  const stop = (why) => { clearInterval(running); console.log(why); };
  exitWithParent(() => stop('parent gone'));
  process.once('SIGTERM', () => stop('told to'));
  console.log('started');`;

async function start() {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, LYCEUM_EXIT_WITH_PARENT: '1' },
  });
  const output: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
  await once(child.stdout, 'data');
  return { child, output };
}

describe('a process that ends with its parent', () => {
  it('stops when its standard input closes', async () => {
    const { child, output } = await start();
    child.stdin.end();
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(output.join('')).toBe('started\nparent gone\n');
  });

  it('ends when it is told to, though its parent lives on', async () => {
    const { child, output } = await start();
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(output.join('')).toBe('started\ntold to\n');
  });
});
