// One GPU over months from the roll-ups of finished days, in columns: tens of thousands of rows are read in the time
// in which as many objects would be made.
import { type DuckDBDataChunk, DuckDBListVector } from '@duckdb/node-api';
import { AssertionError, DAY_MS } from '../../base/std/index.ts';
import { numbersOf, type ReportSource, sqlText } from './source.ts';
import { kept } from './warm-market.ts';

export interface DailyHistoryOptions {
  /** As the store writes it. */
  readonly gpuName: string;
  /** First and last UTC day, `2026-11-20`; default all that are finished. */
  readonly since?: string;
  readonly until?: string;
  /** Series of each location instead of over all: some thirty times as many. Default false. */
  readonly byLocation?: boolean;
}

const NUMBERS = ['n', 'mean', 'p10', 'p25', 'median', 'p75', 'p90'] as const;

/** What one kind of offer showed, day by day: every column has an element for each day that showed it. */
export interface DailySeries extends Readonly<Record<(typeof NUMBERS)[number], Float64Array>> {
  /** Null over all locations, or where none is known. */
  readonly geolocation: string | null;
  readonly type: string | null;
  /** `available`, `unavailable`, `rented` or `unknown`. */
  readonly state: string | null;
  /** Days since 1970-01-01, UTC, ascending. `dayText` writes them. */
  readonly day: Float64Array;
  /** Observations. */
  readonly n: Float64Array;
  /** $/h of the whole offer, as the quantiles; NaN where no price was shown. */
  readonly mean: Float64Array;
}

export interface DailyHistory {
  /** Days of all series together. */
  readonly length: number;
  /** By location, type and state. */
  readonly series: readonly DailySeries[];
}

/** The query's columns: what a series is of, the days, then the numbers. */
const DAY_PLACE = 3;

/**
 * Reads no spans, so the running day is not in it. A GPU or days that the store lacks give no series. The latest few
 * answers, 100 kB for a year of a GPU and 3 MB by location, are kept with the connection: do not write into the columns.
 */
export function dailyHistory(source: ReportSource, options: DailyHistoryOptions): Promise<DailyHistory> {
  const sql = historySql(options);
  return kept(source, sql, () => loadHistory(source, sql), 'histories');
}

/** `2026-11-20` of a series' day. */
export function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** Lists, because a list of numbers comes over in one piece, and each text once. */
function historySql({ gpuName, since, until, byLocation = false }: DailyHistoryOptions): string {
  const lists = ["date::DATE - DATE '1970-01-01'", ...NUMBERS].map((value) => `list((${value})::DOUBLE)`);
  const days = [
    ...(since === undefined ? [] : [` AND date >= ${sqlText(since)}`]),
    ...(until === undefined ? [] : [` AND date <= ${sqlText(until)}`]),
  ].join('');
  const rows = byLocation
    ? 'rollup_daily_finished'
    : '(SELECT *, NULL::VARCHAR AS geolocation FROM rollup_gpu_finished)';
  return `SELECT geolocation, type, state, ${lists.join(', ')} FROM ${rows}
    WHERE gpu_name = ${sqlText(gpuName)}${days} GROUP BY geolocation, type, state`;
}

async function loadHistory(source: ReportSource, sql: string): Promise<DailyHistory> {
  const result = await source.connection.run(sql);
  const series: DailySeries[] = [];
  // Not by fetchChunk, which goes through a thread each time.
  for (let number = 0; number < result.chunkCount; number += 1)
    series.push(...seriesOf(result.getChunk(number)));
  series.sort(
    (a, b) => compare(a.geolocation, b.geolocation) || compare(a.type, b.type) || compare(a.state, b.state),
  );
  return { length: series.reduce((sum, { day }) => sum + day.length, 0), series };
}

function seriesOf(chunk: DuckDBDataChunk): readonly DailySeries[] {
  const texts = [0, 1, 2].map((place) => chunk.getColumnVector(place));
  const lists = Array.from({ length: 1 + NUMBERS.length }, (_, at) => {
    const place = DAY_PLACE + at;
    const list = chunk.getColumnVector(place);
    if (!(list instanceof DuckDBListVector)) throw new AssertionError(`column ${place} is no list`);
    return { list, numbers: numbersOf(list.childVector) };
  });
  return Array.from({ length: chunk.rowCount }, (_, row) => {
    const [geolocation, type, state] = texts.map((text) => text.getItem(row) as string | null) as Three;
    const columns = lists.map(({ list, numbers }) => {
      const from = list.getEntryOffset(row);
      return numbers.subarray(from, from + list.getEntryLength(row));
    });
    putInOrder(columns);
    const [day, n, mean, p10, p25, median, p75, p90] = columns as Eight;
    return { geolocation, type, state, day, n, mean, p10, p25, median, p75, p90 };
  });
}

type Three = [string | null, string | null, string | null];
type Eight = [
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
];

/**
 * By the first column, which are days, each once, in place. They come in any order: two threads read the months, and
 * neither waits for the other. Every day has its place between first and last: sorting would take longer than the query.
 */
function putInOrder(columns: readonly Float64Array[]): void {
  const [days = new Float64Array()] = columns;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const day of days) {
    if (day < first) first = day;
    if (day > last) last = day;
  }
  const rowOf = new Int32Array(Math.max(0, last - first + 1)).fill(-1);
  for (let row = 0; row < days.length; row += 1) rowOf[(days[row] as number) - first] = row;
  const rows = rowOf.filter((row) => row >= 0);
  const ordered = new Float64Array(rows.length);
  for (const column of columns) {
    for (let at = 0; at < ordered.length; at += 1) ordered[at] = column[rows[at] as number] as number;
    column.set(ordered);
  }
}

/** Null after all else. */
function compare(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a < b ? -1 : Number(a > b);
}
