// Queries that look at the newest poll alone say `ts = (SELECT MAX(ts) FROM offers_raw)`. Taken by the letter, that
// rebuilds every row of the store twice; here `offers_newest` is read in its place.
import type { DuckDBConnection } from '@duckdb/node-api';
import { isSymbol, isWord, type Token } from './sql-tokens.ts';

const TABLE = 'offers_raw';
const NEWEST_VIEW = 'offers_newest';

/** The name stays, for columns that are written with it. */
const REPLACEMENT = `${NEWEST_VIEW} AS ${TABLE}`;

/** What to write in place of those tokens that name `offers_raw` and mean its newest poll. */
export async function newestPollTables(
  connection: DuckDBConnection,
  tokens: readonly Token[],
): Promise<ReadonlyMap<number, string>> {
  const found = findNewestPollTables(tokens);
  if (found.length === 0 || !(await hasNewestPoll(connection))) return new Map();
  return new Map(found.map((token) => [token, REPLACEMENT]));
}

/** Whether the view is there, and shows what MAX(ts) means: a poll that saw nothing has no rows to be the newest. */
async function hasNewestPoll(connection: DuckDBConnection): Promise<boolean> {
  const views = await connection.runAndReadAll(
    `SELECT 1 FROM duckdb_views() WHERE view_name = '${NEWEST_VIEW}' AND NOT internal`,
  );
  if (views.currentRowCount === 0) return false;
  const newest = await connection.runAndReadAll('SELECT n > 0 FROM polls ORDER BY poll DESC LIMIT 1');
  return newest.getRows()[0]?.[0] === true;
}

type Placed = { readonly token: Token; readonly at: number };

const MAX_TS = ['(', 'select', 'max', '(', 'ts', ')', 'from', TABLE, ')'];

/** Words after which a condition is none of those that must all hold. */
const LOOSENING = ['or', 'xor', 'between', 'case', 'not'];

/** What may stand behind a WHERE. */
const ENDINGS = [
  'group',
  'order',
  'limit',
  'offset',
  'having',
  'window',
  'qualify',
  'union',
  'except',
  'intersect',
];

/** Numbers of the tokens that name the table: in `(SELECT MAX(ts) FROM offers_raw)`, and in `FROM offers_raw WHERE … ts = ` of it. */
export function findNewestPollTables(tokens: readonly Token[]): readonly number[] {
  const placed = tokens
    .map((token, at) => ({ token, at }))
    .filter(({ token }) => token.kind !== 'blank' && token.kind !== 'comment');
  if (isDefined(placed)) return [];
  return placed.flatMap((_, start) => {
    if (!MAX_TS.every((text, offset) => is(placed[start + offset], text))) return [];
    const inner = placed[start + MAX_TS.indexOf(TABLE)] as Placed;
    const outer = outerTable(placed, start);
    return [inner.at, ...(outer ? [outer.at] : [])];
  });
}

/** A common table of that name is something else. */
function isDefined(placed: readonly Placed[]): boolean {
  return placed.some(
    (each, at) =>
      is(each, TABLE) && (is(placed[at + 1], 'as') || is(placed[at + 1], '(')) && !is(placed[at - 1], 'from'),
  );
}

/** The `offers_raw` of `FROM offers_raw WHERE …` when the subquery at `start` is all of one of its conditions. */
function outerTable(placed: readonly Placed[], start: number): Placed | undefined {
  const isCondition =
    is(placed[start - 1], '=') &&
    is(placed[start - 2], 'ts') &&
    (is(placed[start - 3], 'where') || is(placed[start - 3], 'and'));
  if (!isCondition || !endsCondition(placed, start + MAX_TS.length)) return undefined;
  let depth = 0;
  for (let at = start - 3; at >= 0; at -= 1) {
    const each = placed[at] as Placed;
    if (is(each, ')')) depth += 1;
    if (is(each, '(')) depth -= 1;
    if (depth < 0 || (depth === 0 && LOOSENING.some((word) => is(each, word)))) return undefined;
    if (depth === 0 && is(each, 'where')) {
      const table = placed[at - 1];
      return is(table, TABLE) && is(placed[at - 2], 'from') ? table : undefined;
    }
  }
  return undefined;
}

/** From here to the end of the WHERE there are only further conditions. */
function endsCondition(placed: readonly Placed[], from: number): boolean {
  const isEnd = (each: Placed | undefined) =>
    each === undefined || is(each, ')') || ENDINGS.some((word) => is(each, word));
  if (!isEnd(placed[from]) && !is(placed[from], 'and')) return false;
  let depth = 0;
  for (let at = from; at < placed.length; at += 1) {
    const each = placed[at] as Placed;
    if (depth === 0 && isEnd(each)) return true;
    if (depth === 0 && LOOSENING.some((word) => is(each, word))) return false;
    if (is(each, '(')) depth += 1;
    if (is(each, ')')) depth -= 1;
  }
  return true;
}

function is(placed: Placed | undefined, text: string): boolean {
  return placed !== undefined && (isWord(placed.token, text) || isSymbol(placed.token, text));
}
