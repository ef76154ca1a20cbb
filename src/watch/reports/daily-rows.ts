// The rows of the daily report in columns: 48 bytes each, since a year has half a million of them and whoever reads
// reports one after the other has two or three in memory.
import { freeArray } from './free-array.ts';
import type { KeyedPrices } from './price-pieces.ts';
import { AVAILABLE, OTHER, RENTED } from './state-classes.ts';

export const DAILY_QUANTILES = [0.1, 0.5, 0.9] as const;

/** Keys of a day, group and type: one a state class. */
export const DAY_CLASSES = OTHER + 1;

/** Shares are kept in hundredths of a percent, to which the original rounds them: their values by number. */
export const PERCENTS: readonly number[] = Array.from({ length: 10_001 }, (_, share) => share / 100);

const COLUMNS = {
  day: Uint16Array,
  cell: Int32Array,
  available: Uint32Array,
  rented: Uint32Array,
  share: Uint16Array,
  rentedMedian: Float64Array,
  low: Float64Array,
  median: Float64Array,
  high: Float64Array,
} as const;

type ColumnName = keyof typeof COLUMNS;

export type DailyRows = { readonly [Name in ColumnName]: InstanceType<(typeof COLUMNS)[Name]> };

/** One row for each day and cell that was seen, days first. */
export function rowsOfDays(
  { priced, unpriced, quantiles }: KeyedPrices,
  { firstDay, endDay, cells }: { readonly firstDay: number; readonly endDay: number; readonly cells: number },
): DailyRows {
  const places = (endDay - firstDay) * cells;
  const seen = (place: number, state: number) =>
    (priced[place * DAY_CLASSES + state] as number) + (unpriced[place * DAY_CLASSES + state] as number);
  const allSeen = (place: number) => seen(place, AVAILABLE) + seen(place, RENTED) + seen(place, OTHER);
  const quantile = (place: number, state: number, at: number) =>
    quantiles[(place * DAY_CLASSES + state) * DAILY_QUANTILES.length + at] as number;
  let length = 0;
  for (let place = 0; place < places; place += 1) if (allSeen(place) > 0) length += 1;
  const rows = makeRows(length);
  let row = 0;
  for (let place = 0; place < places; place += 1) {
    const all = allSeen(place);
    if (all === 0) continue;
    rows.day[row] = firstDay + Math.floor(place / cells);
    rows.cell[row] = place % cells;
    rows.available[row] = seen(place, AVAILABLE);
    rows.rented[row] = seen(place, RENTED);
    rows.share[row] = Math.round(((100 * seen(place, RENTED)) / all) * 100);
    rows.rentedMedian[row] = quantile(place, RENTED, 1);
    rows.low[row] = quantile(place, AVAILABLE, 0);
    rows.median[row] = quantile(place, AVAILABLE, 1);
    rows.high[row] = quantile(place, AVAILABLE, 2);
    row += 1;
  }
  return rows;
}

/** Takes the parts' memory, column by column: what is there twice is one column at most. */
export function joinedRows(parts: readonly DailyRows[]): DailyRows {
  const length = parts.reduce((sum, { day }) => sum + day.length, 0);
  const join = (name: ColumnName) => {
    const column = new COLUMNS[name](length);
    let at = 0;
    for (const part of parts) {
      column.set(part[name], at);
      at += part[name].length;
      freeArray(part[name] as { readonly buffer: ArrayBuffer });
    }
    return column;
  };
  return columnsBy(join);
}

function makeRows(length: number): DailyRows {
  return columnsBy((name) => new COLUMNS[name](length));
}

function columnsBy(make: (name: ColumnName) => DailyRows[ColumnName]): DailyRows {
  const names = Object.keys(COLUMNS) as ColumnName[];
  return Object.fromEntries(names.map((name) => [name, make(name)])) as DailyRows;
}
