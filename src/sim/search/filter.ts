// One condition of a search: a column, an operator and a value become a test of a row. Values come as
// strings from the official CLI and are coerced by the column's kind.
import { FILTER_OPERATORS, type FilterOperator } from '../../net/vast/wire/index.ts';
import type { MarketRow } from '../market/market.ts';
import { type Column, type ColumnKind, countryOf, driverNumber, findColumn } from './fields.ts';
import { SearchError } from './search-error.ts';

export type RowTest = (row: MarketRow, nowSec: number) => boolean;

export interface FilterContext {
  /** Fields that recorded rows brought beyond the known ones. */
  readonly extraColumns: ReadonlyMap<string, ColumnKind>;
}

/** The tests of one body field, for example `num_gpus: {gte: "2", lt: "8"}`. Throws SearchError. */
export function compileField(name: string, conditions: unknown, context: FilterContext): RowTest[] {
  if (name === 'target_reliability') return compileField('expected_reliability', conditions, context);
  const column = findColumn(name, context.extraColumns);
  if (!column) throw new SearchError(`Error in query parameters: ${name} is not a valid search key`);
  if (typeof conditions !== 'object' || conditions === null || Array.isArray(conditions)) {
    throw new SearchError(
      `Error in query parameters: ${String(conditions)} is not a valid search op for ${name}`,
    );
  }
  return Object.entries(conditions).map(([operator, value]) => {
    if (!(FILTER_OPERATORS as readonly string[]).includes(operator)) {
      throw new SearchError(`Error in query parameters: ${operator} is not a valid search op`);
    }
    return compileTest(column, operator as FilterOperator, value);
  });
}

function compileTest(column: Column, operator: FilterOperator, value: unknown): RowTest {
  const read = readerOf(column);
  if (operator === 'in' || operator === 'notin') {
    const list = Array.isArray(value) ? value : [value];
    const wanted = new Set(list.map((item) => coerce(column, item)));
    return operator === 'in'
      ? (row, nowSec) => wanted.has(read(row, nowSec))
      : (row, nowSec) => {
          const found = read(row, nowSec);
          return found !== null && !wanted.has(found);
        };
  }
  const wanted = coerce(column, value);
  if (wanted === null) {
    // Nothing is equal to null in SQL; asked for it by name, the service's builder says IS (NOT) NULL.
    if (operator === 'eq') return (row, nowSec) => read(row, nowSec) === null;
    if (operator === 'neq') return (row, nowSec) => read(row, nowSec) !== null;
    throw new SearchError(
      `Error in query parameters: null is not a valid value for ${column.name} ${operator}`,
    );
  }
  switch (operator) {
    case 'eq':
      return (row, nowSec) => read(row, nowSec) === wanted;
    case 'neq':
      return (row, nowSec) => {
        const found = read(row, nowSec);
        return found !== null && found !== wanted;
      };
    case 'gt':
      return (row, nowSec) => isComparable(read(row, nowSec), wanted, (found) => found > wanted);
    case 'gte':
      return (row, nowSec) => isComparable(read(row, nowSec), wanted, (found) => found >= wanted);
    case 'lt':
      return (row, nowSec) => isComparable(read(row, nowSec), wanted, (found) => found < wanted);
    case 'lte':
      return (row, nowSec) => isComparable(read(row, nowSec), wanted, (found) => found <= wanted);
  }
}

type Value = number | string | boolean | null;

function isComparable(found: Value, wanted: Value, compare: (found: NonNullable<Value>) => boolean): boolean {
  return found !== null && typeof found === typeof wanted && compare(found);
}

/** The field of a row as sent; undefined reads as null. */
export function fieldOf(row: MarketRow, name: string): unknown {
  const live = row.live[name];
  if (live !== undefined) return live;
  return row.fixed[name] ?? null;
}

function readerOf(column: Column): (row: MarketRow, nowSec: number) => Value {
  const { name, kind } = column;
  if (name === 'geolocation') return (row) => countryOf(fieldOf(row, name));
  if (name === 'datacenter') return (row) => fieldOf(row, 'hosting_type') === 1;
  if (name === 'verified') return isVerified;
  if (name === 'duration') return remainingSeconds;
  if (name === 'id') return (row) => row.id;
  if (kind === 'boolean') {
    // `external` is null in every recorded row, and `external eq false` finds them all.
    return (row) => {
      const value = fieldOf(row, name);
      return value === true || value === 1;
    };
  }
  return (row) => {
    const value = fieldOf(row, name);
    return typeof value === kindType[kind] ? (value as number | string) : null;
  };
}

const kindType = { number: 'number', text: 'string', boolean: 'boolean' } as const;

function isVerified(row: MarketRow): boolean {
  const verification = fieldOf(row, 'verification');
  if (typeof verification === 'string') return verification === 'verified';
  return fieldOf(row, 'vericode') === 1;
}

function remainingSeconds(row: MarketRow, nowSec: number): number | null {
  if (row.baseScore !== undefined) return row.endDateSec - nowSec;
  const recorded = fieldOf(row, 'duration');
  return typeof recorded === 'number' ? recorded : null;
}

function coerce(column: Column, value: unknown): Value {
  if (value === null) return null;
  const fail = () =>
    new SearchError(
      `Error in query parameters: ${JSON.stringify(value)} is not a valid value for ${column.name}`,
    );
  switch (column.kind) {
    case 'number': {
      if (column.name === 'driver_vers' && typeof value === 'string') {
        const number = driverNumber(value.trim());
        if (number !== undefined) return number;
      }
      const isNumeric = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '');
      const number = isNumeric ? Number(value) : Number.NaN;
      if (!Number.isFinite(number)) throw fail();
      return number * column.multiplier;
    }
    case 'boolean': {
      if (typeof value === 'object') throw fail();
      const text = String(value as string | number | boolean).toLowerCase();
      if (text === 'true' || text === '1') return true;
      if (text === 'false' || text === '0') return false;
      throw fail();
    }
    case 'text':
      if (typeof value === 'object') throw fail();
      return String(value as string | number | boolean);
  }
}
