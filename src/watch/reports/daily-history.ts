// One GPU over months from the roll-ups of finished days, in columns: tens of thousands of rows are read in the time
// in which as many objects would be made.
import type { DuckDBDataChunk } from '@duckdb/node-api';
import { DAY_MS } from '../../base/std/index.ts';
import { copyColumn, type ReportSource, sqlText } from './source.ts';
import { kept } from './warm-market.ts';

export interface DailyHistoryOptions {
  /** As the store writes it. */
  readonly gpuName: string;
  /** First and last UTC day, `2026-11-20`; default all that are finished. */
  readonly since?: string;
  readonly until?: string;
}

/** A column of few different texts: row `i` says `names[codes[i]]`. */
export interface TextColumn {
  readonly names: readonly (string | null)[];
  readonly codes: Uint16Array;
}

/** A row a day, location, type and state, in this order; every column has `length` elements. */
export interface DailyHistory {
  readonly length: number;
  /** `2026-11-20`. */
  readonly date: TextColumn;
  readonly geolocation: TextColumn;
  readonly type: TextColumn;
  /** `available`, `unavailable`, `rented` or `unknown`. */
  readonly state: TextColumn;
  /** Observations. */
  readonly n: Float64Array;
  /** $/h of the whole offer; NaN where no price was shown. */
  readonly mean: Float64Array;
  readonly p10: Float64Array;
  readonly p25: Float64Array;
  readonly median: Float64Array;
  readonly p75: Float64Array;
  readonly p90: Float64Array;
}

const TEXTS = ['geolocation', 'type', 'state'] as const;
const NUMBERS = ['n', 'mean', 'p10', 'p25', 'median', 'p75', 'p90'] as const;

/** The query's columns: a hash of the texts, the day, then the numbers, then the texts. */
const NUMBER_PLACE = 2;
const TEXT_PLACE = NUMBER_PLACE + NUMBERS.length;

/**
 * Reads no spans, so the running day is not in it. A GPU or days that the store lacks give no rows. The latest few
 * answers, 3 MB for a year of a GPU, are kept with the connection: do not write into the columns.
 */
export function dailyHistory(source: ReportSource, options: DailyHistoryOptions): Promise<DailyHistory> {
  const sql = historySql(options);
  return kept(source, sql, () => loadHistory(source, sql), 'histories');
}

/**
 * Texts come as they are, but a string for each of them would take longer than all else: they are read where the hash
 * of a row's, of 52 bits, is met first.
 */
function historySql({ gpuName, since, until }: DailyHistoryOptions): string {
  const hash = `(hash(${TEXTS.join(', ')}) >> 12)::DOUBLE`;
  const day = "(date::DATE - DATE '1970-01-01')::DOUBLE";
  const numbers = NUMBERS.map((name) => `${name}::DOUBLE`);
  const days = [
    ...(since === undefined ? [] : [` AND date >= ${sqlText(since)}`]),
    ...(until === undefined ? [] : [` AND date <= ${sqlText(until)}`]),
  ].join('');
  // Files are in the order of their months, and rows of a GPU in them in this order.
  return `SELECT ${[hash, day, ...numbers, ...TEXTS].join(', ')}
    FROM rollup_daily_finished WHERE gpu_name = ${sqlText(gpuName)}${days}`;
}

async function loadHistory(source: ReportSource, sql: string): Promise<DailyHistory> {
  const result = await source.connection.run(sql);
  const length = result.rowCount;
  const numbers = NUMBERS.map(() => new Float64Array(length));
  const texts = listTexts(length);
  let at = 0;
  // One after the other and not by fetchChunk, which goes through a thread each time.
  for (let number = 0; number < result.chunkCount; number += 1) {
    const chunk = result.getChunk(number);
    for (const [place, values] of numbers.entries()) copyColumn(chunk, NUMBER_PLACE + place, values, at);
    texts.add(chunk, at);
    at += chunk.rowCount;
  }
  const [n, mean, p10, p25, median, p75, p90] = numbers as Seven<Float64Array>;
  return { length, ...texts.columns(), n, mean, p10, p25, median, p75, p90 };
}

type Seven<T> = [T, T, T, T, T, T, T];

/** Numbers the days, and the texts of rows. */
function listTexts(length: number) {
  const codes = () => new Uint16Array(length);
  const [date, geolocation, type, state] = [codes(), codes(), codes(), codes()];
  const [places, types, states] = [listNames(), listNames(), listNames()];
  const dates: string[] = [];
  const hashes = new Float64Array(length);
  const days = new Float64Array(length);
  /** By hash: the first row with these texts. */
  const rowOf = new Map<number, number>();
  const nameRow = (chunk: DuckDBDataChunk, from: number, row: number) => {
    const text = (place: number) => chunk.getColumnVector(TEXT_PLACE + place).getItem(row - from);
    geolocation[row] = places.numberOf(text(0) as string | null);
    type[row] = types.numberOf(text(1) as string | null);
    state[row] = states.numberOf(text(2) as string | null);
  };
  let same = -1;
  return {
    add: (chunk: DuckDBDataChunk, from: number) => {
      copyColumn(chunk, 0, hashes, from);
      copyColumn(chunk, 1, days, from);
      const end = from + chunk.rowCount;
      for (let row = from; row < end; row += 1) {
        // Rows are in the order of their days.
        if (row === 0 || days[row] !== days[row - 1]) dates.push(dayText(days[row] as number));
        date[row] = dates.length - 1;
        const hash = hashes[row] as number;
        // Most days have the texts of the day before, in the same order.
        same += 1;
        if (hashes[same] !== hash || same >= row) same = rowOf.get(hash) ?? -1;
        if (same < 0) {
          rowOf.set(hash, row);
          nameRow(chunk, from, row);
          same = row;
          continue;
        }
        geolocation[row] = geolocation[same] as number;
        type[row] = type[same] as number;
        state[row] = state[same] as number;
      }
    },
    columns: () => ({
      date: { names: dates, codes: date },
      geolocation: { names: places.names, codes: geolocation },
      type: { names: types.names, codes: type },
      state: { names: states.names, codes: state },
    }),
  };
}

function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** Texts in the order in which they are met. */
function listNames() {
  const numbers = new Map<string | null, number>();
  const names: (string | null)[] = [];
  return {
    names,
    numberOf: (name: string | null) => {
      let number = numbers.get(name);
      if (number === undefined) {
        number = names.push(name) - 1;
        numbers.set(name, number);
      }
      return number;
    },
  };
}
