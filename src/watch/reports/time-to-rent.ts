// Time to rent: from an offer's first sight as available to its first sight as rented, within 48 hours. Rows as
// in the original's recipe, one an offer and type; or their distribution by group.
import { count, GPU_NAME, hours, MACHINE_ID, OFFER_ID, percent, TYPE, time } from './columns.ts';
import { dimensionsOf } from './dimensions.ts';
import { type FirstFlips, firstFlips, isInTime, WITHIN_HOURS } from './first-flips.ts';
import { compareGroups } from './line-groups.ts';
import { offerIdOf, TYPE_CODES } from './line-spans.ts';
import type { ReportPlan } from './plan.ts';
import { type PollTimes, pollTexts, pollTimes, storePolls } from './poll-times.ts';
import { plainQuantile, quantileName } from './quantiles.ts';
import { sortedByKey } from './radix-order.ts';
import type { Cell, Grouping } from './report.ts';
import {
  cellsInOrder,
  doubles,
  integers,
  orderOf,
  percentOf,
  type ReportTable,
  type RowSums,
  rowsWhere,
} from './report-table.ts';
import { carried, sightSources } from './sight-sources.ts';
import type { ReportSource } from './source.ts';
import type { SpanScope } from './span-sql.ts';
import { placesOf, rentalTypes } from './warm-market.ts';

const MS_PER_HOUR = 3_600_000;
const QUANTILES = [0.1, 0.25, 0.5, 0.75, 0.9] as const;

/** One row an offer and type that was rented in time, fastest first. */
export async function timeToRentOffers(
  source: ReportSource,
  scope: SpanScope,
  plan: ReportPlan,
): Promise<ReportTable> {
  const dimensions = [carried('machine_id', 'a.machine_id::DOUBLE'), carried('gpu_name', 'a.gpu_name')];
  const sources = await sightSources(source, scope, dimensions);
  const polls = await pollTimes(source, scope.window);
  const types = await rentalTypes(source);
  const { groups, index } = sources;
  const flips = firstFlips(sources, plan.state, polls);
  const places = placesOf(index, types);
  const byName = sortedByKey(
    rowsWhere(flips.length, (flip) => isInTime(flips.hours[flip] as number)),
    doubles(flips.line.subarray(0, flips.length), (line) => places[line] as number),
  );
  const order = sortedByKey(byName, flips.hours);
  const lines = doubles(order, (flip) => index.lines[flips.line[flip] as number] as number);
  const [{ firstPoll }, texts] = [await storePolls(source), await pollTexts(source)];
  const textOf = (poll: number) => texts[poll - firstPoll] as string;
  const codes = integers(order, (flip) => flips.group[flip] as number);
  return {
    columns: [
      OFFER_ID,
      MACHINE_ID,
      GPU_NAME,
      TYPE,
      time('ts_avail', 'First available'),
      time('ts_rented', 'First rented'),
      hours('hours_to_rent', 'To rent'),
      hours('unseen_before_hours', 'Not seen just before'),
    ],
    length: order.length,
    cells: {
      offer_id: lines.map(offerIdOf),
      machine_id: { codes, values: groups.cells.machine_id ?? [] },
      gpu_name: { codes, values: groups.cells.gpu_name ?? [] },
      type: cellsInOrder(lines, types.nameOf),
      ts_avail: cellsInOrder(order, (flip) => textOf(flips.availablePoll[flip] as number)),
      ts_rented: cellsInOrder(order, (flip) => textOf(flips.rentedPoll[flip] as number)),
      hours_to_rent: doubles(order, (flip) => flips.hours[flip] as number),
      unseen_before_hours: doubles(order, (flip) => unseenBefore(flips, polls, flip)),
    },
    totals: offerTotals,
  };
}

function unseenBefore(flips: FirstFlips, { firstPoll, times, credits }: PollTimes, flip: number): number {
  const rented = (flips.rentedPoll[flip] as number) - firstPoll;
  const last = (flips.lastPollBefore[flip] as number) - firstPoll;
  const creditMs = (credits[last + 1] as number) - (credits[last] as number);
  return Math.max((times[rented] as number) - (times[last] as number) - creditMs, 0) / MS_PER_HOUR;
}

function offerTotals({ count: offers, values }: RowSums): Record<string, Cell> {
  const waits = values('hours_to_rent').sort();
  return { offers, mean_hours: meanOf(waits), ...quantilesOfHours(waits) };
}

function quantilesOfHours(sorted: Float64Array): Record<string, number | null> {
  return Object.fromEntries(
    QUANTILES.map((q) => [`${quantileName(q)}_hours`, sorted.length === 0 ? null : plainQuantile(sorted, q)]),
  );
}

function meanOf(values: Float64Array): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The distribution by group and type. */
export async function timeToRentGroups(
  source: ReportSource,
  scope: SpanScope,
  plan: ReportPlan,
  { by, bands }: { readonly by: readonly Grouping[]; readonly bands: readonly number[] },
): Promise<ReportTable> {
  const dimensions = dimensionsOf(by, bands);
  const sources = await sightSources(source, scope, dimensions);
  const types = await rentalTypes(source);
  const { groups, index } = sources;
  const flips = firstFlips(sources, plan.state, await pollTimes(source, scope.window));
  const { offers, waitsOf } = waitsByCell(flips, index.codes, groups.count * TYPE_CODES);
  const order = orderOf(
    offers.length,
    (cell) => (offers[cell] as number) > 0,
    compareGroups(dimensions, {
      group: groupOfCell,
      type: types.placeOf,
      size: (cell) => offers[cell] as number,
    }),
  );
  const waits = Array.from(order, waitsOf);
  const quantiles = waits.map(quantilesOfHours);
  return {
    columns: [
      ...dimensions.map((dimension) => dimension.column),
      TYPE,
      count('offers', 'Seen available'),
      count('rented_in_time', `Rented within ${WITHIN_HOURS} h`),
      percent('rented_in_time_pct', `Rented within ${WITHIN_HOURS} h`),
      hours('mean_hours', 'Mean'),
      ...QUANTILES.map((q) => hours(`${quantileName(q)}_hours`, quantileName(q))),
    ],
    length: order.length,
    cells: {
      ...Object.fromEntries(
        dimensions.map(({ column: { name } }) => [
          name,
          cellsInOrder(order, (cell) => groups.cells[name]?.[groupOfCell(cell)] ?? null),
        ]),
      ),
      type: cellsInOrder(order, types.nameOf),
      offers: doubles(order, (cell) => offers[cell] as number),
      rented_in_time: Float64Array.from(waits, ({ length }) => length),
      rented_in_time_pct: Float64Array.from(
        waits,
        ({ length }, at) => (100 * length) / (offers[order[at] as number] as number),
      ),
      mean_hours: waits.map(meanOf),
      ...Object.fromEntries(
        QUANTILES.map((q) => `${quantileName(q)}_hours`).map((name) => [
          name,
          quantiles.map((row) => row[name] as Cell),
        ]),
      ),
    },
    samples: (at) => offers[order[at] as number] as number,
    totals: ({ sum }) => ({
      offers: sum('offers'),
      rented_in_time: sum('rented_in_time'),
      rented_in_time_pct: percentOf(sum('rented_in_time'), sum('offers')),
    }),
  };
}

function groupOfCell(cell: number): number {
  return Math.floor(cell / TYPE_CODES);
}

/** By group and type: how many lines were seen available, and the sorted hours of those rented in time. */
function waitsByCell(flips: FirstFlips, codes: readonly number[], cells: number) {
  const offers = new Float64Array(cells);
  const ends = new Uint32Array(cells + 1);
  const cellOf = (flip: number) =>
    (flips.group[flip] as number) * TYPE_CODES + (codes[flips.line[flip] as number] as number);
  for (let flip = 0; flip < flips.length; flip += 1) {
    const cell = cellOf(flip);
    offers[cell] = (offers[cell] as number) + 1;
    if (isInTime(flips.hours[flip] as number)) ends[cell + 1] = (ends[cell + 1] as number) + 1;
  }
  for (let cell = 0; cell < cells; cell += 1)
    ends[cell + 1] = (ends[cell + 1] as number) + (ends[cell] as number);
  const hours = new Float64Array(ends[cells] as number);
  const next = ends.slice();
  for (let flip = 0; flip < flips.length; flip += 1) {
    const wait = flips.hours[flip] as number;
    if (!isInTime(wait)) continue;
    const cell = cellOf(flip);
    const place = next[cell] as number;
    hours[place] = wait;
    next[cell] = place + 1;
  }
  return { offers, waitsOf: (cell: number) => hours.subarray(ends[cell], ends[cell + 1]).sort() };
}
