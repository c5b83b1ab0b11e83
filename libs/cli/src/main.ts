import { LyceumError } from '@lyceum/errors';
import { Command, CommanderError } from 'commander';
import { addDoctor } from './commands/doctor.js';
import { addEvaluate } from './commands/evaluate.js';
import { addExport } from './commands/export.js';
import { addLists } from './commands/lists.js';
import { addPapers } from './commands/papers.js';
import { addRecipes } from './commands/recipes.js';
import { addRun } from './commands/run.js';
import { addRuns } from './commands/runs.js';
import { addUp } from './commands/up.js';

const program = new Command('lyceum')
  .description('Knowledge distillation as services: serve a teacher once, train students from it over gRPC.')
  .version('0.1.0')
  .option('--home <folder>', 'where runs, artifacts and logs are kept (default: $LYCEUM_HOME or ./.lyceum)')
  .option('--json', 'print results for machines, progress as one JSON object a line')
  .showSuggestionAfterError()
  .configureHelp({ sortSubcommands: false })
  .addHelpText(
    'after',
    `
Start here:
  lyceum doctor                                   what is installed, and what to do about the rest
  lyceum run libs/recipes/library/fitnets.yaml    a whole distillation, with a report at the end
  lyceum losses list                              the losses; \`lyceum losses show at\` explains one
  lyceum runs list                                what ran here before
  lyceum export RUN:STAGE --out student.onnx      a trained student, for other programs`,
  )
  .exitOverride();

addRun(program);
addUp(program);
addRuns(program);
addRecipes(program);
addLists(program);
addEvaluate(program);
addExport(program);
addPapers(program);
addDoctor(program);

try {
  await program.parseAsync();
} catch (caught) {
  // Commander has already said what was wrong with the command line.
  if (caught instanceof CommanderError) process.exit(caught.exitCode === 0 ? 0 : 2);
  const error = LyceumError.from(caught);
  if (program.opts<{ json?: boolean }>().json) {
    const { reason, message, violations } = error;
    process.stdout.write(`${JSON.stringify({ error: { reason, message, violations } })}\n`);
  }
  process.stderr.write(`lyceum: ${describe(error)}\n`);
  if (error.reason === 'INTERNAL' && error.stack) process.stderr.write(`${error.stack}\n`);
  process.exit(1);
}

function describe(error: LyceumError): string {
  if (error.violations.length < 2) return error.message;
  const lines = error.violations.map(({ field, description }) => `  ${field}: ${description}`);
  return `${error.violations.length} problems:\n${lines.join('\n')}`;
}
