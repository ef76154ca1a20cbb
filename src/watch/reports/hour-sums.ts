// Sums of credited time by state, and the columns of hours and shares that are made of them.
import { hours, percent } from './columns.ts';
import type { Cell, Column } from './report.ts';
import { type Cells, doubles, percentOf, type RowSums } from './report-table.ts';
import { FIRST_UNSEEN, RENTABLE_FLAGS, RENTED_FLAGS } from './state-classes.ts';

const MS_PER_HOUR = 3_600_000;

/** Rows of WIDTH numbers, side by side, because all of a row's are changed together. */
export type HourSums = Float64Array;

/** Places in a row. Milliseconds except for samples, which are polls; only seen states are credited. */
const UNKNOWN = 2;
const PLACES = { assumed: 0, available: 1, unknown: UNKNOWN, api: 3, samples: 4, unseen: 5 } as const;
const WIDTH = 8;

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

/** Called once a span: its arguments are not an object, which would have to be made each time. */
export function addFact(
  sums: HourSums,
  row: number,
  state: number,
  polls: number,
  ms: number,
  unseenMs: number,
): void {
  const at = row * WIDTH;
  if (unseenMs !== 0) sums[at + PLACES.unseen] = (sums[at + PLACES.unseen] as number) + unseenMs;
  if (state >= FIRST_UNSEEN) return;
  sums[at + PLACES.samples] = (sums[at + PLACES.samples] as number) + polls;
  // The flag's values are the places: 0 assumed rented, 1 available, 2 unknown.
  const place = at + (RENTABLE_FLAGS[state] as number);
  sums[place] = (sums[place] as number) + ms;
  if (RENTED_FLAGS[state] === 1) sums[at + PLACES.api] = (sums[at + PLACES.api] as number) + ms;
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
    samples: doubles(order, (row) => sumOf(sums, 'samples', row)),
    total_hours: totals.map((ms) => ms / MS_PER_HOUR),
    unseen_hours: doubles(order, (row) => sumOf(sums, 'unseen', row) / MS_PER_HOUR),
  };
  for (const [sum, name] of SHARES) {
    const ms = doubles(order, (row) => sumOf(sums, sum, row));
    cells[`${name}_hours`] = ms.map((value) => value / MS_PER_HOUR);
    cells[`${name}_pct`] = ms.map((value, at) => (100 * value) / (totals[at] as number));
  }
  return cells;
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
