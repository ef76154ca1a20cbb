// The recipes' texts. They are files so that people can read, copy and change them; in a bundle they lie beside
// the code that reads them.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const RECIPE_NAMES = ['daily', 'time-to-rent', 'whole-gpu', 'device-occupancy'] as const;
export type RecipeName = (typeof RECIPE_NAMES)[number];

/** The SQL of a recipe, as it is in its file. */
export function readRecipe(name: RecipeName): string {
  return readFileSync(fileURLToPath(new URL(`./${name}.sql`, import.meta.url)), 'utf8');
}
