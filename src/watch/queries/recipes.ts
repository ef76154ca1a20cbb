// The original's four queries by name, with values for what they ask.
import type { DuckDBConnection } from '@duckdb/node-api';
import { formatIso } from '../../base/std/index.ts';
import type { SqlAnswer } from './answer.ts';
import { RECIPE_NAMES, type RecipeName, readRecipe } from './recipe-files.ts';
import { runSql, type SqlParams } from './run-sql.ts';
import { SqlError } from './sql-error.ts';

export interface Recipe {
  readonly name: RecipeName;
  readonly title: string;
  /** What may be given as parameters, with the defaults in words. */
  readonly params: Readonly<Record<string, string>>;
}

const OCCUPANCY_PARAMS = {
  since: "the first poll's time",
  until: "the last poll's time and 360 s",
  poll_interval: '+360 seconds',
};

export const RECIPES: readonly Recipe[] = [
  { name: 'daily', title: 'Daily aggregates into agg_gpu_daily', params: {} },
  { name: 'time-to-rent', title: 'Hours from first seen free to first seen rented, within 48 h', params: {} },
  { name: 'whole-gpu', title: 'Whole GPUs in the newest poll', params: {} },
  { name: 'device-occupancy', title: 'Hours rented of each offer', params: OCCUPANCY_PARAMS },
];

const CADENCE_MS = 360_000;

export interface RunRecipeOptions {
  /** Over the recipe's defaults. */
  readonly params?: SqlParams;
  readonly nowMs?: number;
}

/** Runs a recipe unchanged. It uses `rented`, so it agrees with reports of `--state rented --gaps carry`. */
export async function runRecipe(
  connection: DuckDBConnection,
  name: string,
  options: RunRecipeOptions = {},
): Promise<SqlAnswer> {
  const recipe = RECIPES.find((candidate) => candidate.name === name);
  if (!recipe) throw new SqlError(`there is no recipe "${name}"; there are ${RECIPE_NAMES.join(', ')}`);
  const asked = 'since' in recipe.params ? await occupancyParams(connection) : {};
  const answer = await runSql(connection, readRecipe(recipe.name), {
    ...options,
    params: { ...asked, ...options.params },
  });
  return { ...answer, warnings: [FLAG_WARNING, ...(await typeWarnings(connection, recipe.name))] };
}

const FLAG_WARNING =
  'Recipes use the flag rented, which tells about the account that searched, not about the market; reports take rentable=false for rented instead.';

/** The store's whole time. */
async function occupancyParams(connection: DuckDBConnection): Promise<SqlParams> {
  const reader = await connection.runAndReadAll('SELECT min(ts_ms)::DOUBLE, max(ts_ms)::DOUBLE FROM polls');
  const [first, last] = reader.getRowsJS()[0] ?? [];
  return {
    since: formatIso(Number(first ?? 0)),
    until: formatIso(Number(last ?? 0) + CADENCE_MS),
    poll_interval: OCCUPANCY_PARAMS.poll_interval,
  };
}

/** The original's queries know offers only by id, and would mix an offer's two prices. */
async function typeWarnings(connection: DuckDBConnection, name: RecipeName): Promise<string[]> {
  if (name === 'daily') return [];
  const reader = await connection.runAndReadAll('SELECT count(DISTINCT line & 15) FROM attr_spans');
  if (Number(reader.getRowsJS()[0]?.[0]) < 2) return [];
  return [
    'The store holds offers of several types (on-demand, interruptible), and this recipe, like the original, does not tell them apart; reports do, and in your own SQL WHERE type = … does.',
  ];
}
