// Daily aggregates: the columns of `agg_gpu_daily`, one row a UTC day, group and type.
import { count, date, percent, TYPE, text, usdPerHour } from './columns.ts';
import {
  DAILY_QUANTILES,
  DAY_CLASSES,
  type DailyRows,
  joinedRows,
  PERCENTS,
  rowsOfDays,
} from './daily-rows.ts';
import { dimensionsOf } from './dimensions.ts';
import type { GroupDimension, LineGroups } from './line-groups.ts';
import { TYPE_CODES } from './line-spans.ts';
import type { ReportPlan } from './plan.ts';
import { type PollTimes, pollTimes } from './poll-times.ts';
import { eachPricedStretch, type KeyedPrices, listPieces, priceQuantiles } from './price-pieces.ts';
import type { Cell, Grouping } from './report.ts';
import type { ReportTable } from './report-table.ts';
import { sightSources } from './sight-sources.ts';
import type { ReportSource } from './source.ts';
import type { SpanScope } from './span-sql.ts';
import { OTHER, stateClasses } from './state-classes.ts';
import { priceSpans, type RentalTypes, rentalTypes } from './warm-market.ts';

const DAY_MS = 86_400_000;

/** Days are independent: as many are made at once as have about this many keys, which bounds the memory. */
const KEYS_AT_ONCE = 150_000;

const ORIGINAL_GROUPS: readonly GroupDimension[] = [
  { column: text('gpu_name', 'GPU'), sql: 'a.gpu_name', facets: [] },
  { column: text('geolocation', 'Location'), sql: 'a.geolocation', facets: [] },
];

/** Without groupings: by GPU name and geolocation as the API writes it, like the original. */
export async function dailyReport(
  source: ReportSource,
  scope: SpanScope,
  plan: ReportPlan,
  { by, bands }: { readonly by: readonly Grouping[] | undefined; readonly bands: readonly number[] },
): Promise<ReportTable> {
  const dimensions = by === undefined ? ORIGINAL_GROUPS : dimensionsOf(by, bands);
  const sources = await sightSources(source, scope, dimensions);
  const prices = await priceSpans(source, scope);
  const types = await rentalTypes(source);
  const days = daysOf(await pollTimes(source, scope.window));
  const { groups, index } = sources;
  const cells = groupsAndTypes(groups, index.codes, types);
  const classes = stateClasses(plan.state);
  const keysADay = cells.count * DAY_CLASSES;
  const step = Math.max(1, Math.min(days.dates.length, Math.floor(KEYS_AT_ONCE / keysADay)));
  const parts: DailyRows[] = [];
  const pieces = listPieces();
  let before: KeyedPrices | undefined;
  for (let firstDay = 0; firstDay < days.dates.length; firstDay += step) {
    const endDay = Math.min(days.dates.length, firstDay + step);
    const [firstPoll, endPoll] = [days.starts[firstDay] as number, days.starts[endDay] as number];
    const few = { ...sources, window: { ...scope.window, firstPoll, lastPoll: endPoll - 1 } };
    pieces.clear();
    eachPricedStretch(few, prices, ({ line, group }, { length, f, e, state, rank }) => {
      const cell = cells.cellOf(group, line);
      for (let at = 0; at < length; at += 1) {
        const until = e[at] as number;
        let from = f[at] as number;
        let day = days.dayOf(from);
        let key = (day - firstDay) * keysADay + cell * DAY_CLASSES + (classes[state[at] as number] as number);
        while (from < until) {
          const end = Math.min(until, days.starts[day + 1] as number);
          pieces.add(key, rank[at] as number, end - from);
          from = end;
          day += 1;
          key += keysADay;
        }
      }
    });
    const found = priceQuantiles(
      {
        keys: step * keysADay,
        prices: prices.prices,
        quantiles: DAILY_QUANTILES,
        wants: (key) => key % DAY_CLASSES !== OTHER,
        reuse: before,
      },
      pieces.walk,
    );
    parts.push(rowsOfDays(found, { firstDay, endDay, cells: cells.count }));
    before = found;
  }
  pieces.free();
  before?.free();
  const rows = joinedRows(parts);
  return dailyTable(rows, { dimensions, groups, cells, types, dates: days.dates });
}

function dailyTable(
  rows: DailyRows,
  names: {
    readonly dimensions: readonly GroupDimension[];
    readonly groups: LineGroups;
    readonly cells: GroupsAndTypes;
    readonly types: RentalTypes;
    readonly dates: readonly string[];
  },
): ReportTable {
  const { dimensions, groups, cells, types, dates } = names;
  const { day, cell, available, rented, share, rentedMedian, low, median, high } = rows;
  const byCell = (cellOf: (cell: number) => Cell) => ({
    codes: cell,
    values: Array.from({ length: cells.count }, (_, number) => cellOf(number)),
  });
  const cellsOf = (name: string) =>
    byCell((number) => groups.cells[name]?.[cells.groups[number] as number] ?? null);
  return {
    columns: [
      date('date', 'Date'),
      ...dimensions.map((dimension) => dimension.column),
      TYPE,
      count('rented_offers', 'Rented', 'observations'),
      count('available_offers', 'Available', 'observations'),
      percent('utilization_pct', 'Utilisation'),
      usdPerHour('median_price_rented', 'Median rented'),
      usdPerHour('median_price_avail', 'Median available'),
      usdPerHour('p10_price_avail', 'p10 available'),
      usdPerHour('p90_price_avail', 'p90 available'),
    ],
    length: day.length,
    cells: {
      date: { codes: day, values: dates },
      ...Object.fromEntries(dimensions.map(({ column: { name } }) => [name, cellsOf(name)])),
      type: byCell((number) => types.nameOf(cells.codes[number] as number) ?? 'any'),
      rented_offers: rented,
      available_offers: available,
      utilization_pct: { codes: share, values: PERCENTS },
      median_price_rented: rentedMedian,
      median_price_avail: median,
      p10_price_avail: low,
      p90_price_avail: high,
    },
    samples: (at) => (rented[at] as number) + (available[at] as number),
  };
}

interface GroupsAndTypes {
  readonly count: number;
  /** By cell, in the order in which rows are listed. */
  readonly groups: Int32Array;
  readonly codes: Uint8Array;
  cellOf(group: number, line: number): number;
}

/** Numbers every group with each type that lines have. */
function groupsAndTypes(
  groups: LineGroups,
  lineCodes: readonly number[],
  types: RentalTypes,
): GroupsAndTypes {
  const name = (code: number) => types.nameOf(code) ?? 'any';
  const codes = [...new Set(lineCodes)].sort((a, b) => (name(a) < name(b) ? -1 : 1));
  const codeOf = new Uint8Array(TYPE_CODES);
  for (const [at, code] of codes.entries()) codeOf[code] = at;
  const placeOf = Uint8Array.from(lineCodes, (code) => codeOf[code] as number);
  const width = codes.length;
  return {
    count: groups.count * width,
    groups: Int32Array.from({ length: groups.count * width }, (_, cell) => Math.floor(cell / width)),
    codes: Uint8Array.from({ length: groups.count * width }, (_, cell) => codes[cell % width] as number),
    cellOf: (group, line) => group * width + (placeOf[line] as number),
  };
}

interface Days {
  readonly dates: readonly string[];
  /** The first poll of each day that has polls, and one element more that ends the last. */
  readonly starts: Int32Array;
  dayOf(poll: number): number;
}

function daysOf({ firstPoll, times }: PollTimes): Days {
  const polls = times.length - 1;
  const dayOf = new Int32Array(polls);
  const starts: number[] = [];
  const dates: string[] = [];
  let before = Number.NaN;
  for (let at = 0; at < polls; at += 1) {
    const day = Math.floor((times[at] as number) / DAY_MS);
    if (day !== before) {
      before = day;
      starts.push(firstPoll + at);
      dates.push(new Date(day * DAY_MS).toISOString().slice(0, 10));
    }
    dayOf[at] = dates.length - 1;
  }
  starts.push(firstPoll + polls);
  return { dates, starts: Int32Array.from(starts), dayOf: (poll) => dayOf[poll - firstPoll] as number };
}
