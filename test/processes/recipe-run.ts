import type { Run, RunEvent } from '@lyceum/contracts/orchestrator';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Scope } from './scope.js';
import type { Served } from './service.js';

/** What `lyceum --json run` said. */
export interface RecipeRun {
  readonly events: readonly RunEvent[];
  /** Absent when it failed. */
  readonly run?: Run;
  readonly error?: { readonly reason: string; readonly message: string };
}

const entry = fileURLToPath(new URL('../../libs/cli/bin/lyceum.js', import.meta.url));
let count = 0;

/** Runs a recipe's text by the command line, on an orchestrator that runs already, to its end. */
export async function runRecipe(
  scope: Scope,
  orchestrator: Served,
  text: string,
  flags: readonly string[] = [],
): Promise<RecipeRun> {
  count += 1;
  const file = join(scope.folder, `recipe-${count}.yaml`);
  writeFileSync(file, text);
  const place = ['--orchestrator', orchestrator.address, '--report', `${file}.html`];
  const home = ['--home', join(scope.folder, 'home'), '--json'];
  const command = scope.spawn('lyceum', [entry, ...home, 'run', file, ...place, ...flags], {
    environment: { TMPDIR: scope.folder },
    graceMs: 20_000,
  });
  await command.ended;
  return parse(command.stdout);
}

/** Events are a line each; what follows them is one document. */
function parse(stdout: string): RecipeRun {
  const lines = stdout.trimEnd().split('\n');
  const end = lines.findIndex((line) => line === '{' || line.startsWith('{"error"'));
  const documents = end < 0 ? [lines, []] : [lines.slice(0, end), lines.slice(end)];
  const [events, rest] = documents;
  const last = rest.length === 0 ? {} : (JSON.parse(rest.join('\n')) as Omit<RecipeRun, 'events'>);
  return { events: events.map((line) => JSON.parse(line) as RunEvent), ...last };
}
