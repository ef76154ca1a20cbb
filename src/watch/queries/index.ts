// SQL for people: the original's recipes by name, and any SELECT over the store.
export type { SqlAnswer, SqlValue } from './answer.ts';
export { RECIPE_NAMES, type RecipeName, readRecipe } from './recipe-files.ts';
export { RECIPES, type Recipe, type RunRecipeOptions, runRecipe } from './recipes.ts';
export { type RunSqlOptions, runSql, type SqlParams } from './run-sql.ts';
export { SqlError, type SqlPlace } from './sql-error.ts';
