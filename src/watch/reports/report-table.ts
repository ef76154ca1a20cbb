// The full result of a report in columns, in the report's own order; what is asked for of it becomes rows.
import type { ReportPlan } from './plan.ts';
import { type Cell, type Column, ReportOptionError, type Row } from './report.ts';

/** NaN in a Float64Array stands for null. Few values on many rows are kept once, and as numbers in the rows. */
export type Cells = Float64Array | Uint32Array | readonly Cell[] | CodedCells;

interface CodedCells {
  /** By row: the number of the row's value. */
  readonly codes: Int32Array | Uint16Array | Uint8Array;
  readonly values: readonly Cell[];
}

export interface ReportTable {
  readonly columns: readonly Column[];
  readonly length: number;
  readonly cells: Readonly<Record<string, Cells>>;
  /** What `--min-samples` looks at; undefined where rows are single events. */
  readonly samples?: (at: number) => number;
  /** Figures over rows of one type; undefined where adding makes no sense. */
  readonly totals?: (sums: RowSums) => Record<string, Cell>;
}

/** Aggregates over some rows; null where no row has a value. */
export interface RowSums {
  readonly count: number;
  readonly sum: (name: string) => number | null;
  /** Sum of the products; rows without the value count neither. */
  readonly weigh: (name: string, weight: string) => { readonly sum: number; readonly weight: number };
  readonly values: (name: string) => Float64Array;
}

export interface TableAnswer {
  /** Number of the rows that `--limit` lets through. */
  readonly length: number;
  /** Rows are made when asked for, and few at once: those of a year, kept, would take a hundred megabytes. */
  readonly batches: () => Iterable<readonly Row[]>;
  readonly rowCount: number;
  readonly totals: readonly Row[];
  /** Rows that `--min-samples` took away. */
  readonly tooFew: number;
}

export function answerOf(table: ReportTable, plan: ReportPlan): TableAnswer {
  const { samples, length } = table;
  // Every row has an observation; of daily's some have none that is either available or rented.
  const isEnough =
    samples && plan.minSamples > 1 ? (at: number) => samples(at) >= plan.minSamples : () => true;
  const kept = rowsWhere(length, isEnough);
  const shown = sorted(table, kept, plan.sort).subarray(0, plan.limit ?? length);
  return {
    length: shown.length,
    batches: () => rowsOf(table, shown),
    rowCount: kept.length,
    totals: totalsOf(table, kept),
    tooFew: length - kept.length,
  };
}

/** Numbers below `length` for which it is true. */
export function rowsWhere(length: number, isTrue: (row: number) => boolean): Uint32Array {
  const numbers = new Uint32Array(length);
  let count = 0;
  for (let row = 0; row < length; row += 1) {
    if (!isTrue(row)) continue;
    numbers[count] = row;
    count += 1;
  }
  return numbers.subarray(0, count);
}

/** Numbers of the rows that are shown, in the order of `compare`. */
export function orderOf(
  length: number,
  isShown: (row: number) => boolean,
  compare: (a: number, b: number) => number,
): Uint32Array {
  return rowsWhere(length, isShown).sort(compare);
}

/** A number of each row; ten times as fast as Float64Array.from, which goes through an iterator. */
export function doubles(rows: ArrayLike<number>, of: (row: number) => number): Float64Array {
  const values = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at += 1) values[at] = of(rows[at] as number);
  return values;
}

/** The same for whole numbers. */
export function integers(rows: ArrayLike<number>, of: (row: number) => number): Int32Array {
  const values = new Int32Array(rows.length);
  for (let at = 0; at < rows.length; at += 1) values[at] = of(rows[at] as number);
  return values;
}

/** The same for any value. */
export function cellsInOrder(rows: ArrayLike<number>, of: (row: number) => Cell): readonly Cell[] {
  const cells: Cell[] = [];
  for (let at = 0; at < rows.length; at += 1) cells.push(of(rows[at] as number));
  return cells;
}

const ROWS_AT_ONCE = 1_024;

/** Rows as objects, each a copy of one that has all columns, since objects that grow cost twice as much. */
function* rowsOf({ columns, cells }: ReportTable, order: Uint32Array): Generator<readonly Row[]> {
  const blank = Object.fromEntries(columns.map(({ name }) => [name, null as Cell]));
  for (let from = 0; from < order.length; from += ROWS_AT_ONCE) {
    const stretch = order.subarray(from, from + ROWS_AT_ONCE);
    const rows: Record<string, Cell>[] = [];
    for (let row = 0; row < stretch.length; row += 1) rows.push({ ...blank });
    for (const { name } of columns) fillColumn(rows, name, cells[name] as Cells, stretch);
    yield rows;
  }
}

function fillColumn(
  rows: readonly Record<string, Cell>[],
  name: string,
  column: Cells,
  order: Uint32Array,
): void {
  if ('codes' in column) {
    const { codes, values } = column;
    for (let at = 0; at < rows.length; at += 1)
      (rows[at] as Record<string, Cell>)[name] = values[codes[order[at] as number] as number] ?? null;
    return;
  }
  for (let at = 0; at < rows.length; at += 1) {
    const value = column[order[at] as number] as Cell;
    if (!Number.isNaN(value)) (rows[at] as Record<string, Cell>)[name] = value;
  }
}

function cellOf(cells: Cells, at: number): Cell {
  if ('codes' in cells) return cells.values[cells.codes[at] as number] ?? null;
  const value = cells[at] as Cell;
  return Number.isNaN(value) ? null : value;
}

/** NaN for null. */
function numberOf(cells: Cells, at: number): number {
  return Number(cellOf(cells, at) ?? Number.NaN);
}

/** Ties keep the report's own order. */
function sorted({ columns, cells }: ReportTable, rows: Uint32Array, sort: ReportPlan['sort']): Uint32Array {
  if (!sort) return rows;
  const column = cells[sort.column];
  if (!column || !columns.some(({ name }) => name === sort.column)) {
    const names = columns.map(({ name }) => name).join(', ');
    throw new ReportOptionError(
      'sort',
      `--sort does not know the column "${sort.column}"; this report has ${names}`,
    );
  }
  const direction = sort.descending ? -1 : 1;
  return rows.slice().sort((a, b) => {
    const [x, y] = [cellOf(column, a), cellOf(column, b)];
    if (x === y) return a - b;
    if (x === null) return 1;
    if (y === null) return -1;
    return x < y ? -direction : direction;
  });
}

/** One row a type, by name; what has none comes last. */
function totalsOf({ cells, totals }: ReportTable, kept: Uint32Array): Row[] {
  if (!totals) return [];
  const types = new Map<Cell, number>();
  const numbers = new Uint8Array(kept.length);
  for (let at = 0; at < kept.length; at += 1) {
    const type = cellOf(cells.type as Cells, kept[at] as number);
    const number = types.get(type) ?? types.size;
    if (number === types.size) types.set(type, number);
    numbers[at] = number;
  }
  return [...types]
    .sort(([a], [b]) => (a === null ? 1 : b === null ? -1 : a < b ? -1 : a > b ? 1 : 0))
    .map(([type, number]) => ({
      type,
      ...totals(
        sumsOf(
          cells,
          kept.filter((_, at) => numbers[at] === number),
        ),
      ),
    }));
}

function sumsOf(cells: ReportTable['cells'], rows: Uint32Array): RowSums {
  const valuesOf = (name: string) => {
    const column = cells[name] as Cells;
    const known = new Float64Array(rows.length);
    let length = 0;
    for (let at = 0; at < rows.length; at += 1) {
      const value = numberOf(column, rows[at] as number);
      if (Number.isNaN(value)) continue;
      known[length] = value;
      length += 1;
    }
    return known.subarray(0, length);
  };
  return {
    count: rows.length,
    values: valuesOf,
    sum: (name) => {
      const values = valuesOf(name);
      return values.length === 0 ? null : sumOf(values);
    },
    weigh: (name, weight) => {
      const [column, weights] = [cells[name] as Cells, cells[weight] as Cells];
      const known = rows.filter((at) => !Number.isNaN(numberOf(column, at)));
      return {
        sum: known.reduce((sum, at) => sum + numberOf(column, at) * numberOf(weights, at), 0),
        weight: known.reduce((sum, at) => sum + numberOf(weights, at), 0),
      };
    },
  };
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < values.length; at += 1) sum += values[at] as number;
  return sum;
}

/** 100 * part / whole; null where the whole is nothing. */
export function percentOf(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole === 0 ? null : (100 * part) / whole;
}
