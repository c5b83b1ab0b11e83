import { listDataSets } from '@lyceum/data';
import { describeLoss, findLoss, losses, packageLosses, type LossDescription } from '@lyceum/losses';
import { describeModel, listModels } from '@lyceum/models';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { lossFigures, usualPair } from './loss-figures.js';
import { parseRecipe } from './parse.js';
import { recipeSchema } from './schema.js';

/** Everything a recipe may name, as plain data for lists; only `lossFigures` starts an engine, of plain JavaScript. */
export const catalogue = {
  losses: (): LossDescription[] => [...losses.values(), ...packageLosses.values()].map(describeLoss),
  loss: (id: string): LossDescription => describeLoss(findLoss(id)),
  lossFigures,
  usualPair,
  models: () =>
    listModels().map(({ name, family, description }) => {
      const { parameterCount } = describeModel({
        architecture: name,
        classCount: 100,
        inputShape: [32, 32, 3],
      });
      return { name, family, description, parameterCount };
    }),
  model: describeModel,
  dataSets: listDataSets,
  recipes: listRecipes,
};

/** A recipe of the library. */
export interface LibraryRecipe {
  readonly name: string;
  readonly title: string;
  readonly file: string;
}

function listRecipes(): LibraryRecipe[] {
  const folder = fileURLToPath(new URL('../library/', import.meta.url));
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => {
      const path = join(folder, file);
      const recipe = parseRecipe(readFileSync(path, 'utf8'));
      return { name: recipe.metadata.name, title: recipe.spec.title ?? '', file: path };
    });
}

/** The recipe's schema as JSON Schema, for editors and for Kubernetes. */
export function recipeJsonSchema(): unknown {
  return z.toJSONSchema(recipeSchema, { io: 'input' });
}
