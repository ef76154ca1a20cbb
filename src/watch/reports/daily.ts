// Daily aggregates: the columns of `agg_gpu_daily`, one row a UTC day, group and type.
import { count, date, percent, TYPE, text, usdPerHour } from './columns.ts';
import { dimensionsOf } from './dimensions.ts';
import type { GroupDimension, LineGroups } from './line-groups.ts';
import { TYPE_CODES } from './line-spans.ts';
import type { ReportPlan } from './plan.ts';
import { type PollTimes, pollTimes } from './poll-times.ts';
import { eachPricedSight, priceQuantiles } from './price-pieces.ts';
import type { Cell, Grouping } from './report.ts';
import type { ReportTable } from './report-table.ts';
import { sightSources } from './sight-sources.ts';
import type { ReportSource } from './source.ts';
import type { SpanScope } from './span-sql.ts';
import { AVAILABLE, OTHER, RENTED, stateClasses } from './state-classes.ts';
import { priceSpans, type RentalTypes, rentalTypes } from './warm-market.ts';

const DAY_MS = 86_400_000;
const QUANTILES = [0.1, 0.5, 0.9] as const;
const CLASSES = OTHER + 1;

/** Days are independent: as many are made at once as have about this many keys, which bounds the memory. */
const KEYS_AT_ONCE = 300_000;

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
  const keysADay = cells.count * CLASSES;
  const step = Math.max(1, Math.floor(KEYS_AT_ONCE / keysADay));
  const rows = createDailyRows();
  for (let firstDay = 0; firstDay < days.dates.length; firstDay += step) {
    const endDay = Math.min(days.dates.length, firstDay + step);
    const [firstPoll, endPoll] = [days.starts[firstDay] as number, days.starts[endDay] as number];
    const stretch = { ...sources, window: { ...scope.window, firstPoll, lastPoll: endPoll - 1 } };
    const found = priceQuantiles(
      {
        keys: (endDay - firstDay) * keysADay,
        prices: prices.prices,
        quantiles: QUANTILES,
        wants: (key) => key % CLASSES !== OTHER,
      },
      (add) => {
        eachPricedSight(stretch, prices, (line, group, state, rank, f, e) => {
          const key = cells.cellOf(group, line) * CLASSES + (classes[state] as number);
          const lastDay = days.dayOf(e - 1);
          for (let day = days.dayOf(f); day <= lastDay; day += 1) {
            const from = Math.max(f, days.starts[day] as number);
            const until = Math.min(e, days.starts[day + 1] as number);
            add((day - firstDay) * keysADay + key, rank, until - from);
          }
        });
      },
    );
    for (let day = firstDay; day < endDay; day += 1) {
      for (let cell = 0; cell < cells.count; cell += 1) {
        const key = ((day - firstDay) * cells.count + cell) * CLASSES;
        const seen = (cls: number) =>
          (found.priced[key + cls] as number) + (found.unpriced[key + cls] as number);
        const [available, rented, other] = [seen(AVAILABLE), seen(RENTED), seen(OTHER)];
        if (available + rented + other === 0) continue;
        const quantile = (cls: number, at: number) =>
          found.quantiles[(key + cls) * QUANTILES.length + at] as number;
        rows.days.push(day);
        rows.cells.push(cell);
        rows.available.push(available);
        rows.rented.push(rented);
        rows.shares.push(roundCents((100 * rented) / (available + rented + other)));
        rows.rentedMedian.push(quantile(RENTED, 1));
        rows.low.push(quantile(AVAILABLE, 0));
        rows.median.push(quantile(AVAILABLE, 1));
        rows.high.push(quantile(AVAILABLE, 2));
      }
    }
  }
  return dailyTable(rows, { dimensions, groups, cells, types, dates: days.dates });
}

function createDailyRows() {
  const list = (): number[] => [];
  return {
    days: list(),
    cells: list(),
    available: list(),
    rented: list(),
    shares: list(),
    rentedMedian: list(),
    low: list(),
    median: list(),
    high: list(),
  };
}

function dailyTable(
  rows: ReturnType<typeof createDailyRows>,
  names: {
    readonly dimensions: readonly GroupDimension[];
    readonly groups: LineGroups;
    readonly cells: GroupsAndTypes;
    readonly types: RentalTypes;
    readonly dates: readonly string[];
  },
): ReportTable {
  const { dimensions, groups, cells, types, dates } = names;
  const cellsOf = (name: string) =>
    rows.cells.map((cell) => groups.cells[name]?.[cells.groups[cell] as number] as Cell);
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
    length: rows.days.length,
    cells: {
      date: rows.days.map((day) => dates[day] as string),
      ...Object.fromEntries(dimensions.map(({ column: { name } }) => [name, cellsOf(name)])),
      type: rows.cells.map((cell) => types.nameOf(cells.codes[cell] as number) ?? 'any'),
      rented_offers: rows.rented,
      available_offers: rows.available,
      utilization_pct: rows.shares,
      median_price_rented: rows.rentedMedian,
      median_price_avail: rows.median,
      p10_price_avail: rows.low,
      p90_price_avail: rows.high,
    },
    samples: (at) => (rows.rented[at] as number) + (rows.available[at] as number),
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
  readonly starts: readonly number[];
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
  return { dates, starts, dayOf: (poll) => dayOf[poll - firstPoll] as number };
}

function roundCents(value: number): number {
  return Math.round(value * 100) / 100;
}
