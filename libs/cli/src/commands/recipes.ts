import { catalogue, recipeJsonSchema } from '@lyceum/recipes';
import type { Command } from 'commander';
import { relative } from 'node:path';
import { textTable } from '../text-table.js';
import { globalOptions, printJson } from './global-options.js';

export function addRecipes(program: Command): void {
  const recipes = program.command('recipes').description('the recipes that come with Lyceum');
  recipes
    .command('list')
    .description('name, what it does, file')
    .action((_: unknown, command: Command) => {
      const all = catalogue.recipes();
      if (globalOptions(command).json) return printJson(all);
      const rows = all.map(({ name, title, file }) => [name, title, relative(process.cwd(), file)]);
      process.stdout.write(`${textTable(['recipe', 'what it does', 'file'], rows)}\n`);
    });
  recipes
    .command('schema')
    .description('the JSON Schema of a recipe, for editors')
    .action(() => printJson(recipeJsonSchema()));
}
