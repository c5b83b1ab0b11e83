import { listDataSets } from '@lyceum/data';
import { describeLoss, findLoss, losses, packageLosses, type LossDescription } from '@lyceum/losses';
import { describeModel, listModels } from '@lyceum/models';
import { z } from 'zod';
import { libraryRecipe, listRecipes } from './library-recipes.js';
import { lossFigures, usualPair } from './loss-figures.js';
import { recipeSchema } from './schema.js';

export type { LibraryRecipe } from './library-recipes.js';

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
  recipe: libraryRecipe,
};

/** The recipe's schema as JSON Schema, for editors and for Kubernetes. */
export function recipeJsonSchema(): unknown {
  return z.toJSONSchema(recipeSchema, { io: 'input' });
}
