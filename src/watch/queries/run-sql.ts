// Runs what people write: one SELECT, in DuckDB's SQL or in the SQLite dialect of the recipes, or a recipe's
// INSERT INTO agg_gpu_daily.
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { readAnswer, type SqlAnswer } from './answer.ts';
import { newestPollTables } from './newest-poll.ts';
import { guardQuery } from './read-only-guard.ts';
import { readRecipe } from './recipe-files.ts';
import { placeAt, SqlError, type SqlPlace } from './sql-error.ts';
import { isSymbol, isWord, neighbour, type Token, tokenize } from './sql-tokens.ts';
import { DIALECT_MACROS, DIALECT_PREFIX, type Translation, translate } from './sqlite-dialect.ts';

export type SqlParams = Readonly<Record<string, string | number | bigint | boolean | null>>;

export interface RunSqlOptions {
  /** Values of `:name` (or `$name`) in the text. */
  readonly params?: SqlParams;
  /** What 'now' means; text in date functions that asks for it needs this. Default 1970. */
  readonly nowMs?: number;
}

/** One per connection: the macros need to be made once. */
const prepared = new WeakSet<DuckDBConnection>();

/** The table that the original's daily recipe fills. */
const DAILY_TABLE = 'agg_gpu_daily';
const DAILY_COLUMNS = `date VARCHAR, gpu_name VARCHAR, geolocation VARCHAR, type VARCHAR, rented_offers BIGINT,
  available_offers BIGINT, utilization_pct DOUBLE, median_price_rented DOUBLE, median_price_avail DOUBLE,
  p10_price_avail DOUBLE, p90_price_avail DOUBLE`;

/**
 * Runs one query. `julianday`, `datetime`, `date`, `time` and `strftime('…', text)` mean what they mean in
 * SQLite, MAX and MIN of several arguments are the greatest and least, REAL and FLOAT have 64 bits.
 * `agg_gpu_daily` is filled when it is first read. Throws SqlError, in one sentence with line and column.
 */
export async function runSql(
  connection: DuckDBConnection,
  text: string,
  options: RunSqlOptions = {},
): Promise<SqlAnswer> {
  const tokens = withoutEnd(tokenize(text), text);
  const insert = insertPrefix(tokens);
  refuseOthers(tokens, insert, text);
  const translation = translate(tokens, {
    nowIso: new Date(options.nowMs ?? 0).toISOString(),
    replaced: await newestPollTables(connection, tokens),
  });
  const values = bindValues(translation, options.params ?? {});
  await prepareDialect(connection);
  // Blanks in place of INSERT keep every other place in the text where it is.
  const query = insert ? blanked(translation.sql, insert.length) : translation.sql;
  const tables = await guardQuery(connection, { sql: query, text, translation });
  try {
    if (insert) {
      await connection.run(`CREATE OR REPLACE TEMP TABLE ${DAILY_TABLE}(${DAILY_COLUMNS})`);
      await connection.run(translation.sql, values);
      return await readAnswer(
        await connection.run(`SELECT * FROM ${DAILY_TABLE} ORDER BY date, gpu_name, geolocation, type`),
      );
    }
    if (tables.has(DAILY_TABLE)) await fillDailyTable(connection);
    return await readAnswer(await connection.run(translation.sql, values));
  } catch (error) {
    throw error instanceof SqlError ? error : asSentence(error, text, translation);
  }
}

async function prepareDialect(connection: DuckDBConnection): Promise<void> {
  if (prepared.has(connection)) return;
  for (const macro of DIALECT_MACROS) await connection.run(macro);
  // So that a query may name the table before it is filled.
  await connection.run(`CREATE TEMP TABLE IF NOT EXISTS ${DAILY_TABLE}(${DAILY_COLUMNS})`);
  prepared.add(connection);
}

async function fillDailyTable(connection: DuckDBConnection): Promise<void> {
  const [row] = (await connection.runAndReadAll(`SELECT count(*) FROM ${DAILY_TABLE}`)).getRowsJS();
  if (Number(row?.[0]) === 0) await runSql(connection, readRecipe('daily'));
}

/** Semicolons and blanks at the end do no harm; anything behind a semicolon is a second statement. */
function withoutEnd(tokens: readonly Token[], text: string): readonly Token[] {
  const end = tokens.findIndex((token) => isSymbol(token, ';'));
  if (end < 0) return tokens;
  let after = neighbour(tokens, end, 1);
  while (after && isSymbol(after.token, ';')) after = neighbour(tokens, after.index, 1);
  if (after)
    throw new SqlError(
      'a second statement begins here, and one is run at a time',
      placeAt(text, after.token.at),
    );
  return tokens.slice(0, end);
}

/** The length of `INSERT INTO agg_gpu_daily [(columns)]` at the start of the text. */
function insertPrefix(tokens: readonly Token[]): { readonly length: number } | undefined {
  const insert = neighbour(tokens, -1, 1);
  const into = insert && neighbour(tokens, insert.index, 1);
  const name = into && neighbour(tokens, into.index, 1);
  if (
    !isWord(insert?.token, 'insert') ||
    !isWord(into?.token, 'into') ||
    !name ||
    !isWord(name.token, DAILY_TABLE)
  )
    return undefined;
  let next = neighbour(tokens, name.index, 1);
  if (isSymbol(next?.token, '(')) {
    while (next && !isSymbol(next.token, ')')) next = neighbour(tokens, next.index, 1);
    next = next && neighbour(tokens, next.index, 1);
  }
  return next && { length: next.token.at };
}

function refuseOthers(tokens: readonly Token[], insert: object | undefined, text: string): void {
  const first = neighbour(tokens, -1, 1);
  if (!first) throw new SqlError('there is no query; try SELECT count(*) FROM offers_raw');
  const starts = ['select', 'with', 'from', 'values', 'describe', 'summarize'];
  if (insert || isSymbol(first.token, '(') || starts.some((word) => isWord(first.token, word))) return;
  const what = first.token.text.toUpperCase();
  throw new SqlError(
    `only SELECT is run here, and INSERT INTO ${DAILY_TABLE}; this is ${what}`,
    placeAt(text, first.token.at),
  );
}

function bindValues({ binds }: Translation, params: SqlParams): Record<string, DuckDBValue> {
  const missing = binds.filter((name) => params[name] === undefined);
  if (missing.length > 0) {
    const names = missing.map((name) => `:${name}`).join(', ');
    throw new SqlError(
      `the query asks for ${names}, and no value is given for ${missing.length === 1 ? 'it' : 'them'}`,
    );
  }
  const surplus = Object.keys(params).filter((name) => !binds.includes(name));
  if (surplus.length > 0) {
    const has =
      binds.length > 0 ? `it has ${binds.map((name) => `:${name}`).join(', ')}` : 'it has no named values';
    throw new SqlError(`there is no :${surplus[0]} in the query; ${has}`);
  }
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
}

function blanked(sql: string, length: number): string {
  return sql.slice(0, length).replaceAll(/[^\n]/g, ' ') + sql.slice(length);
}

/** DuckDB's message without its kind, its excerpt turned into a place in the text as it was written. */
function asSentence(error: unknown, text: string, translation: Translation): SqlError {
  const message = error instanceof Error ? error.message : String(error);
  const [said = message, excerpt] = message.split(/\n+(?=LINE \d+: )/);
  const sentence = said
    .replace(/^(?:\w+ )*Error: /, '')
    .replaceAll(new RegExp(`\\b${DIALECT_PREFIX}(?=[a-z])`, 'g'), '')
    .replaceAll(/\s*\n\s*/g, '; ')
    .trim();
  const offset = excerpt === undefined ? undefined : excerptOffset(excerpt, translation.sql);
  const place: SqlPlace | undefined =
    offset === undefined ? undefined : placeAt(text, translation.offsetOf(offset));
  return new SqlError(sentence, place, { cause: error });
}

/** The character under the caret of `LINE 3: ...some text...` over a line with `^`. */
function excerptOffset(excerpt: string, sql: string): number | undefined {
  const [, number, shown = '', spaces = ''] = /^LINE (\d+): (.*)\n( *)\^/.exec(excerpt) ?? [];
  if (number === undefined) return undefined;
  const lines = sql.split('\n');
  const line = lines[Number(number) - 1] ?? '';
  const start = lines.slice(0, Number(number) - 1).reduce((length, before) => length + before.length + 1, 0);
  const caret = spaces.length - `LINE ${number}: `.length;
  const isCut = shown.startsWith('...') && !line.startsWith('...');
  const visible = (isCut ? shown.slice(3) : shown).replace(/\.\.\.$/, '');
  const shift = isCut ? line.indexOf(visible) - 3 : 0;
  return start + Math.max(0, caret + shift);
}
