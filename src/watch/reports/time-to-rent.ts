// Time to rent: from an offer's first sight as available to its first sight as rented, within 48 hours. Rows as
// in the original's recipe, one an offer and type; or their distribution by group.
import { count, GPU_NAME, hours, MACHINE_ID, OFFER_ID, percent, TYPE, time } from './columns.ts';
import { dimensionsOf } from './dimensions.ts';
import { offerIdOf } from './each-sight.ts';
import { firstFlips, lastSightBefore, WITHIN_HOURS } from './first-flips.ts';
import { compareGroups } from './line-groups.ts';
import { TYPE_CODES } from './line-spans.ts';
import type { ReportPlan } from './plan.ts';
import { pollTimes } from './poll-times.ts';
import { plainQuantile, quantileName } from './quantiles.ts';
import type { Cell, Grouping } from './report.ts';
import { orderOf, percentOf, type ReportTable, type RowSums } from './report-table.ts';
import { carried, sightSources } from './sight-sources.ts';
import type { ReportSource } from './source.ts';
import type { SpanScope } from './span-sql.ts';
import { rentalTypes } from './warm-market.ts';

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
  const lineOf = (flip: { readonly line: number }) => index.lines[flip.line] as number;
  const flips = firstFlips(sources, plan.state, polls)
    .filter((flip) => flip.isInTime)
    .sort(
      (a, b) =>
        a.hours - b.hours ||
        offerIdOf(lineOf(a)) - offerIdOf(lineOf(b)) ||
        types.placeOf(lineOf(a)) - types.placeOf(lineOf(b)),
    );
  const timeOf = (poll: number) => polls.times[poll - polls.firstPoll] as number;
  const textOf = (poll: number) => polls.texts[poll - polls.firstPoll] as string;
  const unseenBefore = (line: number, poll: number) => {
    const last = lastSightBefore(sources, line, poll) - polls.firstPoll;
    const creditMs = (polls.credits[last + 1] as number) - (polls.credits[last] as number);
    return Math.max(timeOf(poll) - (polls.times[last] as number) - creditMs, 0) / MS_PER_HOUR;
  };
  const cellsOf = (name: string) => flips.map((flip) => groups.cells[name]?.[flip.group] as Cell);
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
    length: flips.length,
    cells: {
      offer_id: Float64Array.from(flips, (flip) => offerIdOf(lineOf(flip))),
      machine_id: cellsOf('machine_id'),
      gpu_name: cellsOf('gpu_name'),
      type: flips.map((flip) => types.nameOf(lineOf(flip))),
      ts_avail: flips.map((flip) => textOf(flip.availablePoll)),
      ts_rented: flips.map((flip) => textOf(flip.rentedPoll)),
      hours_to_rent: Float64Array.from(flips, (flip) => flip.hours),
      unseen_before_hours: Float64Array.from(flips, ({ line, rentedPoll }) => unseenBefore(line, rentedPoll)),
    },
    totals: offerTotals,
  };
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
  const byCell = Map.groupBy(flips, (flip) => flip.group * TYPE_CODES + (index.codes[flip.line] as number));
  const found = [...byCell].map(([cell, members]) => {
    const inTime = members.filter((flip) => flip.isInTime);
    const waits = Float64Array.from(inTime, (flip) => flip.hours).sort();
    return {
      group: Math.floor(cell / TYPE_CODES),
      code: cell % TYPE_CODES,
      offers: members.length,
      inTime: inTime.length,
      mean: meanOf(waits),
      quantiles: quantilesOfHours(waits),
    };
  });
  const at = (row: number) => found[row] as (typeof found)[number];
  const order = orderOf(
    found.length,
    () => true,
    compareGroups(dimensions, {
      group: (row) => at(row).group,
      type: (row) => types.placeOf(at(row).code),
      size: (row) => at(row).offers,
    }),
  );
  const rows = Array.from(order, at);
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
    length: rows.length,
    cells: {
      ...Object.fromEntries(
        dimensions.map(({ column: { name } }) => [
          name,
          rows.map((row) => groups.cells[name]?.[row.group] as Cell),
        ]),
      ),
      type: rows.map((row) => types.nameOf(row.code)),
      offers: Float64Array.from(rows, (row) => row.offers),
      rented_in_time: Float64Array.from(rows, (row) => row.inTime),
      rented_in_time_pct: Float64Array.from(rows, (row) => (100 * row.inTime) / row.offers),
      mean_hours: rows.map((row) => row.mean),
      ...Object.fromEntries(
        QUANTILES.map((q) => `${quantileName(q)}_hours`).map((name) => [
          name,
          rows.map((row) => row.quantiles[name] as Cell),
        ]),
      ),
    },
    samples: (row) => at(order[row] as number).offers,
    totals: ({ sum }) => ({
      offers: sum('offers'),
      rented_in_time: sum('rented_in_time'),
      rented_in_time_pct: percentOf(sum('rented_in_time'), sum('offers')),
    }),
  };
}
