// Sums of credited time by state, and the columns of hours and shares that are made of them.
import { hours, percent } from './columns.ts';
import type { Cell, Column } from './report.ts';
import { type Cells, doubles, percentOf, type RowSums } from './report-table.ts';
import { FLAGS } from './state-classes.ts';
import type { StateSums } from './state-sums.ts';

const MS_PER_HOUR = 3_600_000;

/** Rows of WIDTH numbers, side by side, because all of a row's are changed together. */
export type HourSums = Float64Array;

/** Places in a row. Milliseconds except for samples, which are polls; only seen states are credited. */
const UNKNOWN = 2;
const PLACES = { assumed: 0, available: 1, unknown: UNKNOWN, api: 3, samples: 4, unseen: 5 } as const;
const WIDTH = 8;

/** By flags: the values of `rentable` are the places, 0 assumed rented, 1 available, 2 unknown. */
const RENTABLE_PLACES = FLAGS.map(({ rentable }) => rentable);

export const HOURS_AND_SHARES: readonly Column[] = [
  hours('total_hours', 'Total'),
  hours('available_hours', 'Available'),
  hours('assumed_rented_hours', 'Assumed rented'),
  hours('api_rented_hours', 'API rented'),
  hours('unknown_hours', 'Unknown'),
  percent('available_pct', 'Available'),
  percent('assumed_rented_pct', 'Assumed rented'),
  percent('api_rented_pct', 'API rented'),
  percent('unknown_pct', 'Unknown'),
  hours('unseen_hours', 'Unseen'),
];

const SHARES = [
  ['available', 'available'],
  ['assumed', 'assumed_rented'],
  ['api', 'api_rented'],
  ['unknown', 'unknown'],
] as const;

export function makeHourSums(rows: number): HourSums {
  return new Float64Array(rows * WIDTH);
}

export function addStates(sums: HourSums, row: number, states: StateSums): void {
  const at = row * WIDTH;
  const add = (place: number, value: number) => {
    sums[at + place] = (sums[at + place] as number) + value;
  };
  add(PLACES.unseen, states.unseenMs);
  for (let flags = 0; flags < FLAGS.length; flags += 1) {
    const ms = states.ms[flags] as number;
    add(PLACES.samples, states.polls[flags] as number);
    add(RENTABLE_PLACES[flags] as number, ms);
    if (FLAGS[flags]?.rented === 1) add(PLACES.api, ms);
  }
}

export function sumOf(sums: HourSums, sum: keyof typeof PLACES, row: number): number {
  return sums[row * WIDTH + PLACES[sum]] as number;
}

/** All credited milliseconds of a row. */
export function totalOf(sums: HourSums, row: number): number {
  const at = row * WIDTH;
  return (sums[at] as number) + (sums[at + 1] as number) + (sums[at + UNKNOWN] as number);
}

/** `samples` and HOURS_AND_SHARES of the rows in `order`, whose totals are above 0. */
export function hourCells(sums: HourSums, order: Uint32Array): Record<string, Cells> {
  const totals = doubles(order, (row) => totalOf(sums, row));
  const cells: Record<string, Cells> = {
    samples: sumsInOrder(sums, 'samples', order),
    total_hours: inHours(totals),
    unseen_hours: inHours(sumsInOrder(sums, 'unseen', order)),
  };
  for (const [sum, name] of SHARES) {
    const ms = sumsInOrder(sums, sum, order);
    cells[`${name}_hours`] = inHours(ms);
    cells[`${name}_pct`] = percents(ms, totals);
  }
  return cells;
}

// Loops of their own: a function that is called for each row, and is another one each time, takes longer.
function sumsInOrder(sums: HourSums, sum: keyof typeof PLACES, order: Uint32Array): Float64Array {
  const place = PLACES[sum];
  const values = new Float64Array(order.length);
  for (let at = 0; at < order.length; at += 1)
    values[at] = sums[(order[at] as number) * WIDTH + place] as number;
  return values;
}

function inHours(ms: Float64Array): Float64Array {
  const values = new Float64Array(ms.length);
  for (let at = 0; at < ms.length; at += 1) values[at] = (ms[at] as number) / MS_PER_HOUR;
  return values;
}

function percents(parts: Float64Array, totals: Float64Array): Float64Array {
  const values = new Float64Array(parts.length);
  for (let at = 0; at < parts.length; at += 1)
    values[at] = (100 * (parts[at] as number)) / (totals[at] as number);
  return values;
}

export function hourTotals({ sum }: RowSums): Record<string, Cell> {
  const total = sum('total_hours');
  const sums = SHARES.map(([, name]) => ({ name, hours: sum(`${name}_hours`) }));
  return {
    samples: sum('samples'),
    total_hours: total,
    ...Object.fromEntries(sums.map(({ name, hours: part }) => [`${name}_hours`, part])),
    unseen_hours: sum('unseen_hours'),
    ...Object.fromEntries(sums.map(({ name, hours: part }) => [`${name}_pct`, percentOf(part, total)])),
  };
}
