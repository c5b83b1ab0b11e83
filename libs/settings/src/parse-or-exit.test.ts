import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const program = `
  import { defineSettings } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
  const settings = defineSettings({
    service: 'demo', description: 'Shows settings.',
    fields: { portNumber: { type: 'integer', required: true, min: 1, description: 'port' } },
  });
  console.log(JSON.stringify(settings.parseOrExit(process.argv.slice(1), process.env)));
`;

function run(...flags: string[]) {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  return spawnSync(process.execPath, ['--input-type=module', '-e', program, '--', ...flags], {
    cwd,
    encoding: 'utf8',
  });
}

describe('a process that reads its settings', () => {
  it('goes on with good settings', () => {
    expect(JSON.parse(run('--port-number', '5').stdout)).toEqual({ portNumber: 5 });
  });

  it('prints help, also when something else is wrong, and exits with 0', () => {
    const { status, stdout } = run('--help', '--port-number', 'x');
    expect(status).toBe(0);
    expect(stdout).toContain('LYCEUM_DEMO_PORT_NUMBER');
  });

  it('prints each problem on a line of its own and exits with 2', () => {
    const { status, stderr } = run('--port-numbr', '5');
    expect(status).toBe(2);
    expect(stderr).toBe(
      [
        'demo: cannot start',
        '  --port-numbr: there is no such flag; did you mean --port-number?',
        '  portNumber: is required; give --port-number, LYCEUM_DEMO_PORT_NUMBER, or "portNumber" in the file of --config',
        '  --help lists every setting',
        '',
      ].join('\n'),
    );
  });
});
