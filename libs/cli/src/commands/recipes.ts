import { catalogue, parseRecipe, recipeJsonSchema, type LibraryRecipe } from '@lyceum/recipes';
import type { Command } from 'commander';
import { textTable } from '../text-table.js';
import { globalOptions, printJson } from './global-options.js';

export function addRecipes(program: Command): void {
  const recipes = program.command('recipes').description('the recipes that come with Lyceum');
  recipes
    .command('list')
    .description('paper, name, what it does, method, stages and roughly what it takes on two cores')
    .action((_: unknown, command: Command) => {
      const all = catalogue.recipes();
      if (globalOptions(command).json) return printJson(all);
      const header = ['paper', 'recipe', 'what it does', 'method', 'stages', 'takes about'];
      process.stdout.write(`${textTable(header, all.map(rowOf))}\n`);
    });
  recipes
    .command('show')
    .description('the YAML of one recipe, to run or to start from')
    .argument('<recipe>', 'its name')
    .addHelpText('after', '\nExample:\n  lyceum recipes show fitnets > my.yaml')
    .action((name: string, _: unknown, command: Command) => {
      const { text, ...about } = catalogue.recipe(name);
      if (globalOptions(command).json) return printJson({ ...about, recipe: parseRecipe(text) });
      process.stdout.write(text);
    });
  recipes
    .command('schema')
    .description('the JSON Schema of a recipe, for editors')
    .action(() => printJson(recipeJsonSchema()));
}

function rowOf({ name, title, method = '', paper, stages, cost }: LibraryRecipe): string[] {
  const { minutes } = cost;
  const takes = minutes === undefined ? '' : minutes < 1 ? '1 min' : `${Math.round(minutes)} min`;
  return [paper?.number ?? '', name, title, method, stagesText(stages), takes];
}

/** "2 train, 3 distill". */
function stagesText(stages: LibraryRecipe['stages']): string {
  const counts = new Map<string, number>();
  for (const { kind } of stages) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
}
