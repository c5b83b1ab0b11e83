import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const node = (args: string[], input = '') =>
  spawnSync(process.execPath, args, {
    cwd: root,
    input,
    encoding: 'utf8',
    env: { ...process.env, NX_DAEMON: 'false' },
  });

/** Lints a text as if it were the content of an existing file. */
function lint(file: string, text: string): string {
  const { stdout } = node(['node_modules/eslint/bin/eslint.js', '--stdin', '--stdin-filename', file], text);
  return stdout;
}

describe('dependencies between projects', () => {
  // Without a graph the rule skips itself and everything would seem to be in order.
  beforeAll(() => {
    expect(node(['node_modules/nx/dist/bin/nx.js', 'show', 'projects']).status).toBe(0);
  });

  it.each([
    [
      'libs/tensor/src/rows.ts',
      "import { defineLoss } from '@lyceum/losses';\nexport const used = defineLoss;\n",
    ],
    ['libs/rpc/src/service.ts', "import { tf } from '@lyceum/engine';\nexport const used = tf;\n"],
    ['libs/losses/src/taps.ts', "import { models } from '@lyceum/models';\nexport const used = models;\n"],
    [
      'services/loss/src/loss-host.ts',
      "import { Runs } from '../../orchestrator/src/runs.js';\nexport const used = Runs;\n",
    ],
  ])('refuses an import against the layers in %s', (file, text) => {
    expect(lint(file, text)).toContain('@nx/enforce-module-boundaries');
  });

  it.each([
    [
      'libs/losses/src/taps.ts',
      "import * as tf from '@tensorflow/tfjs-core';\nexport const used = tf;\n",
      'libs/engine',
    ],
    [
      'services/orchestrator/src/runs.ts',
      "import { Kysely } from 'kysely';\nexport const used = Kysely;\n",
      'libs/store',
    ],
  ])('refuses a third party that has another door in %s', (file, text, door) => {
    expect(lint(file, text)).toContain(`only ${door} may import`);
  });

  it('accepts an import along the layers', () => {
    const text = "import { unknownName } from '@lyceum/errors';\nexport const used = unknownName;\n";
    expect(lint('libs/losses/src/taps.ts', text)).not.toContain('error');
  });
});
