// `vastdeck market sql`: one SELECT over the store, or one of the recipes by name.
import { openMarketReader } from '../../../watch/history/index.ts';
import { runRecipe, runSql, type SqlParams } from '../../../watch/queries/index.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { type Flags, readText } from '../flags.ts';
import type { Row } from '../output/column.ts';
import { storeToRead } from '../store-place.ts';

export async function marketSql(context: Context, sql: string, flags: Flags): Promise<void> {
  const { clock, log, terminal } = context;
  const recipe = readText(flags.recipe);
  if ((sql.trim() === '') === (recipe === undefined)) {
    throw new UsageError(
      'Give one SELECT, for example vastdeck market sql "SELECT count(*) FROM offers_raw", or one --recipe.',
    );
  }
  const options = { params: readParams(flags.param), nowMs: clock.now() };
  await using reader = await openMarketReader({ dir: storeToRead(context, flags), clock, log });
  const answer =
    recipe === undefined
      ? await runSql(reader.connection, sql, options)
      : await runRecipe(reader.connection, recipe, options);
  if (reader.origin.kind === 'simulated') terminal.err('SIMULATED market: nothing here is real.\n');
  context.print(
    answer.rows as readonly Row[],
    answer.columns.map(({ name }) => ({ name })),
    flags,
  );
  for (const warning of answer.warnings) terminal.err(`${warning}\n`);
}

function readParams(flag: unknown): SqlParams {
  const params: Record<string, string | number> = {};
  for (const text of Array.isArray(flag) ? (flag as string[]) : []) {
    const at = text.indexOf('=');
    if (at < 1)
      throw new UsageError(`--param ${text} is not name=value; write it like --param since=2026-11-20`);
    const value = text.slice(at + 1);
    params[text.slice(0, at)] = /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  }
  return params;
}
