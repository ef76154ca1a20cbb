// Parquet files, VastWatch DuckDB files and the spool that is made of a CSV file: read through DuckDB in
// windows of whole polls, so that a file of any size passes through a bounded memory.
import type { DuckDBConnection } from '@duckdb/node-api';
import { ImportSourceError } from '../errors.ts';
import { type CodedTexts, codeTexts } from './coded-texts.ts';
import { identifier, literal, streamRows } from './duckdb-session.ts';
import {
  type MarketSource,
  matchColumns,
  type PlannedPoll,
  type PollPlan,
  planPolls,
  refuseUnreadable,
  type SourceKind,
  type TimeGroup,
  windowsOf,
} from './market-source.ts';
import { collectPoll, type PollCollector, type RefusalList, type SourcePoll } from './poll-rows.ts';
import { type RawCell, type RawColumn, TEXT_COLUMNS, VALUE_COLUMNS } from './raw-row.ts';

/** Rows in memory at once, unless the caller says otherwise; about 60 MB. */
export const WINDOW_ROWS = 200_000;

/** Rows that may be passed over for each one wanted before the file is first sorted into a spool. */
const WASTE_ALLOWED = 8;

/** What stands in FROM, and the expression of a row's place in the file. */
export interface Relation {
  readonly from: string;
  readonly place: string;
}

export interface RelationSource {
  readonly kind: SourceKind;
  readonly path: string;
  readonly connection: DuckDBConnection;
  readonly relation: Relation;
  /** Turns a place into the number that is shown; default the place itself, from 1. */
  readonly rowNumber?: (place: number) => number;
  /** Makes a file of the relation in which rows are sorted by time, when they lie too widely apart. */
  readonly sortInto?: () => string;
  readonly refuseUnplanned?: (refusals: RefusalList) => void;
  readonly windowRows: number;
  readonly close: () => Promise<void>;
}

interface Column {
  readonly name: string;
  readonly type: string;
}

/** Plans the polls of a relation; throws ImportSourceError with a sentence. */
export async function openRelationSource(source: RelationSource): Promise<MarketSource> {
  const { connection, path } = source;
  const columns = await describe(source);
  const { nameOf, missing } = matchColumns(
    path,
    columns.map((column) => column.name),
  );
  const typeOf = new Map(columns.map((column) => [column.name, column.type]));
  const sourceColumn = (column: RawColumn): SourceColumn => {
    const name = nameOf.get(column);
    return name === undefined
      ? { column, expression: 'NULL', type: 'VARCHAR' }
      : { column, expression: identifier(name), type: typeOf.get(name) ?? '' };
  };
  let { relation } = source;
  let ts = sourceColumn('ts');
  let values = VALUE_COLUMNS.map(sourceColumn);
  const planned = await planRelation(connection, relation, ts);
  if (source.sortInto && wasteOf(planned.plan, source.windowRows) > WASTE_ALLOWED) {
    const spool = source.sortInto();
    const named = [ts, ...values].map((column) => `${column.expression} AS ${column.column}`);
    await connection.run(
      `COPY (SELECT ${relation.place} AS place, ${named.join(', ')} FROM ${relation.from}
             ORDER BY ${ts.expression}, place) TO ${literal(spool)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    relation = { from: `read_parquet(${literal(spool)})`, place: 'place' };
    ts = { ...ts, expression: 'ts' };
    values = values.map((column) => ({ ...column, expression: column.column }));
  }
  const rowNumber = source.rowNumber ?? ((place) => place + 1);
  const coded = await codeColumns(connection, relation, { ts, values });
  const reader: WindowReader = { connection, relation, ts, coded, rowNumber, windowRows: source.windowRows };
  return {
    kind: source.kind,
    path,
    missingColumns: missing,
    plan: planned.plan,
    refuseUnplanned: (refusals) => {
      source.refuseUnplanned?.(refusals);
      const groups = planned.unreadable.map((group) => ({
        ...group,
        firstRow: reader.rowNumber(group.firstRow),
      }));
      refuseUnreadable(groups, 'row', refusals);
    },
    read: (polls, refusals) => readWindows(reader, polls, refusals),
    [Symbol.asyncDispose]: source.close,
  };
}

/** One of the original's columns as the source has it. */
interface SourceColumn {
  readonly column: RawColumn;
  readonly expression: string;
  /** By its name in DuckDB. */
  readonly type: string;
}

interface WindowReader {
  readonly connection: DuckDBConnection;
  readonly relation: Relation;
  readonly ts: SourceColumn;
  /** What is selected: the time's text, the values, the odd row (see `codeColumns`). */
  readonly coded: readonly CodedTexts[];
  readonly rowNumber: (place: number) => number;
  readonly windowRows: number;
}

async function* readWindows(
  reader: WindowReader,
  polls: readonly PlannedPoll[],
  refusals: RefusalList,
): AsyncGenerator<SourcePoll> {
  for (const window of windowsOf(polls, reader.windowRows)) {
    const rowsByText = new Map<string, PlacedRow[]>();
    for (const text of window.flatMap((poll) => poll.texts)) rowsByText.set(text, []);
    const sql = windowSql(reader, [...rowsByText.keys()]);
    const texts = [undefined, ...reader.coded.map((column) => column.texts)];
    for await (const rows of streamRows(reader.connection, sql, texts)) {
      for (const [place, text, odd, ...values] of rows) {
        // The range of texts may reach over polls of other windows.
        rowsByText.get(String(text))?.push({
          place: Number(place),
          values: odd === null ? values : (JSON.parse(String(odd)) as RawCell[]),
        });
      }
    }
    for (const poll of window) {
      const rows = poll.texts.flatMap((text) => rowsByText.get(text) ?? []);
      rows.sort((a, b) => a.place - b.place);
      const collector: PollCollector = collectPoll(poll.tsMs, refusals);
      for (const row of rows) collector.add(() => `row ${reader.rowNumber(row.place)}`, row.values);
      for (const text of poll.texts) rowsByText.delete(text);
      yield collector.finish();
    }
  }
}

interface PlacedRow {
  readonly place: number;
  readonly values: RawCell[];
}

function windowSql({ relation, ts, coded }: WindowReader, texts: readonly string[]): string {
  const sorted = texts.toSorted((a, b) => (a < b ? -1 : 1));
  const [first, last] = [sorted[0] ?? '', sorted.at(-1) ?? ''];
  // Compared in its own type, so that Parquet's statistics skip the row groups of other times.
  const bound = (text: string) =>
    ts.type === 'VARCHAR' ? literal(text) : `CAST(${literal(text)} AS ${ts.type})`;
  return `SELECT CAST(${relation.place} AS DOUBLE), ${coded.map((column) => column.expression).join(', ')}
          FROM ${relation.from} WHERE ${ts.expression} BETWEEN ${bound(first)} AND ${bound(last)}`;
}

/**
 * What to select of each row: its time, the row as JSON where a text stands that is no plain number (so that it can
 * be refused by what it says; rare), and the values as numbers and codes of texts.
 */
async function codeColumns(
  connection: DuckDBConnection,
  relation: Relation,
  { ts, values }: { readonly ts: SourceColumn; readonly values: readonly SourceColumn[] },
): Promise<readonly CodedTexts[]> {
  const code = (column: SourceColumn) => {
    const expression = `CAST(${column.expression} AS VARCHAR)`;
    const occurring = `SELECT ${expression} FROM ${relation.from}`;
    return codeTexts({ connection, name: column.column, expression, occurring });
  };
  const coded: CodedTexts[] = [];
  for (const column of values) {
    coded.push(
      isText(column.column) ? await code(column) : { expression: numberOf(column), texts: undefined },
    );
  }
  const odd = values.filter((column) => !isText(column.column) && column.type === 'VARCHAR').map(isOdd);
  const whole = values.map((column) => `CAST(${column.expression} AS VARCHAR)`).join(', ');
  const oddRow = odd.length === 0 ? 'NULL' : `CASE WHEN ${odd.join(' OR ')} THEN to_json([${whole}]) END`;
  return [await code(ts), { expression: `CAST(${oddRow} AS VARCHAR)`, texts: undefined }, ...coded];
}

/** A plain decimal number: what DuckDB reads as one and, rounded to the nearest double, JavaScript too. */
const DECIMAL = String.raw`[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?`.replaceAll('\\\\', '\\');

function numberOf({ expression, type }: SourceColumn): string {
  if (type !== 'VARCHAR') return `CAST(${expression} AS DOUBLE)`;
  return `CASE WHEN regexp_full_match(${expression}, '${DECIMAL}') THEN CAST(${expression} AS DOUBLE) END`;
}

function isOdd({ expression }: SourceColumn): string {
  return `coalesce(NOT regexp_full_match(${expression}, '${DECIMAL}'), false)`;
}

function isText(column: RawColumn): boolean {
  return (TEXT_COLUMNS as readonly RawColumn[]).includes(column);
}

async function planRelation(
  connection: DuckDBConnection,
  relation: Relation,
  ts: SourceColumn,
): Promise<PollPlan> {
  const groups: TimeGroup[] = [];
  const sql = `SELECT CAST(${ts.expression} AS VARCHAR), CAST(count(*) AS DOUBLE),
                 CAST(min(${relation.place}) AS DOUBLE), CAST(max(${relation.place}) AS DOUBLE)
               FROM ${relation.from} GROUP BY 1`;
  for await (const rows of streamRows(connection, sql)) {
    for (const [text, count, firstRow, lastRow] of rows) {
      groups.push({
        text: text as string | null,
        rows: Number(count),
        firstRow: Number(firstRow),
        lastRow: Number(lastRow),
      });
    }
  }
  return planPolls(groups.sort((a, b) => a.firstRow - b.firstRow));
}

/** How many rows reading by windows passes over for each one that it wants. */
function wasteOf(plan: readonly PlannedPoll[], windowRows: number): number {
  let touched = 0;
  let wanted = 0;
  for (const window of windowsOf(plan, windowRows)) {
    const first = window.reduce((least, poll) => Math.min(least, poll.firstRow), Number.POSITIVE_INFINITY);
    const last = window.reduce((most, poll) => Math.max(most, poll.lastRow), 0);
    touched += last - first + 1;
    wanted += window.reduce((sum, poll) => sum + poll.rows, 0);
  }
  return wanted === 0 ? 0 : touched / wanted;
}

async function describe({ connection, relation, path }: RelationSource): Promise<readonly Column[]> {
  try {
    const reader = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${relation.from}`);
    return reader.getRowObjects().map((row) => ({
      name: String(row.column_name),
      type: String(row.column_type),
    }));
  } catch (error) {
    throw new ImportSourceError(
      path,
      `${path} cannot be read as a table (${firstLine(error)}); check that it is whole, for example by copying it again`,
      { cause: error },
    );
  }
}

/** The first line of an error: DuckDB adds a picture of the statement below it. */
export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
