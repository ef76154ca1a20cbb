// One GPU over months from the roll-ups of finished days, in columns: tens of thousands of rows are read in the time
// in which as many objects would be made.
import { DAY_MS } from '../../base/std/index.ts';
import { copyColumn, queryRows, type ReportSource, sqlText } from './source.ts';
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

/**
 * Reads no spans, so the running day is not in it. A GPU or days that the store lacks give no rows. The latest few
 * answers, 3 MB for a year of a GPU, are kept with the connection: do not write into the columns.
 */
export async function dailyHistory(
  source: ReportSource,
  options: DailyHistoryOptions,
): Promise<DailyHistory> {
  const names = await rollupNames(source);
  const sql = historySql(names, options);
  return kept(source, sql, () => loadHistory(source, sql, names), 'histories');
}

function historySql(names: RollupNames, { gpuName, since, until }: DailyHistoryOptions): string {
  // Day and texts come as one number: a string for each cell would take five times as long.
  const code = TEXTS.reduce(
    (sum, text) =>
      `(${sum}) * ${names[text].length + 1} + coalesce(enum_code(${text}::ENUM(${names[text].map(sqlText).join(', ')})) + 1, 0)`,
    "(date::DATE - DATE '1970-01-01')::BIGINT",
  );
  const days = [
    ...(since === undefined ? [] : [` AND date >= ${sqlText(since)}`]),
    ...(until === undefined ? [] : [` AND date <= ${sqlText(until)}`]),
  ].join('');
  // Files are in the order of their months, and rows of a GPU in them in this order.
  return `SELECT (${code})::DOUBLE, ${NUMBERS.map((name) => `${name}::DOUBLE`).join(', ')}
    FROM rollup_daily_finished WHERE gpu_name = ${sqlText(gpuName)}${days}`;
}

async function loadHistory(source: ReportSource, sql: string, names: RollupNames): Promise<DailyHistory> {
  const result = await source.connection.run(sql);
  const length = result.rowCount;
  const column = () => new Float64Array(length);
  const [codes, n, mean, p10, p25, median, p75, p90] = [1, 2, 3, 4, 5, 6, 7, 8].map(
    column,
  ) as Eight<Float64Array>;
  const columns = [codes, n, mean, p10, p25, median, p75, p90];
  let at = 0;
  for (let chunk = await result.fetchChunk(); chunk?.rowCount; chunk = await result.fetchChunk()) {
    for (const [place, values] of columns.entries()) copyColumn(chunk, place, values, at);
    at += chunk.rowCount;
  }
  return { length, ...textColumns(codes, names), n, mean, p10, p25, median, p75, p90 };
}

type Eight<T> = [T, T, T, T, T, T, T, T];

/** Takes the day and the texts of each row out of its one number. */
function textColumns(rows: Float64Array, names: RollupNames) {
  const [geolocation, type, state, date] = [1, 2, 3, 4].map(() => new Uint16Array(rows.length)) as [
    Uint16Array,
    Uint16Array,
    Uint16Array,
    Uint16Array,
  ];
  // One more than there are texts: 0 is null.
  const [places, types, states] = TEXTS.map((text) => names[text].length + 1) as [number, number, number];
  const firstDay = rows.length === 0 ? 0 : Math.floor((rows[0] as number) / (places * types * states));
  for (let row = 0; row < rows.length; row += 1) {
    let rest = rows[row] as number;
    let quotient = Math.floor(rest / states);
    state[row] = rest - quotient * states;
    rest = quotient;
    quotient = Math.floor(rest / types);
    type[row] = rest - quotient * types;
    rest = quotient;
    quotient = Math.floor(rest / places);
    geolocation[row] = rest - quotient * places;
    // Rows are in the order of their days.
    date[row] = quotient - firstDay;
  }
  const named = (codes: Uint16Array, text: (typeof TEXTS)[number]): TextColumn => ({
    names: [null, ...names[text]],
    codes,
  });
  const lastDay = date.at(-1) ?? -1;
  const dates = Array.from({ length: lastDay + 1 }, (_, day) =>
    new Date((firstDay + day) * DAY_MS).toISOString().slice(0, 10),
  );
  return {
    date: { names: dates, codes: date },
    geolocation: named(geolocation, 'geolocation'),
    type: named(type, 'type'),
    state: named(state, 'state'),
  };
}

type RollupNames = Readonly<Record<(typeof TEXTS)[number], readonly string[]>>;

/** Every text of the roll-ups, behind an empty one, so that no list is empty. */
function rollupNames(source: ReportSource): Promise<RollupNames> {
  const distinct = (text: string) =>
    `SELECT DISTINCT '${text}' AS list, ${text} AS name FROM rollup_daily_finished WHERE ${text} <> ''`;
  const sql = `${TEXTS.map(distinct).join(' UNION ALL ')} ORDER BY list, name`;
  return kept(source, sql, async () => {
    const rows = await queryRows(source, sql);
    const namesOf = (text: string) => [
      '',
      ...rows.filter(({ list }) => list === text).map(({ name }) => String(name)),
    ];
    return { geolocation: namesOf('geolocation'), type: namesOf('type'), state: namesOf('state') };
  });
}
