// The values of an observation, facet by facet, as they are kept.
import type { Observation } from '../observation.ts';
import type { HashValue } from './row-hash.ts';
import { type Column, FACETS, type FacetName } from './schema.ts';

/** Largest whole number of an INTEGER column, which is 32 bits wide once sealed. */
const LARGEST_INTEGER = 2 ** 31 - 1;

/** Why a value cannot be kept; the caller adds the offer. */
export class UnfitValue extends Error {
  override name = 'UnfitValue';
}

/**
 * A facet's values in the order of its columns: undefined and numbers that are not finite become null, -0 becomes 0,
 * and text becomes well-formed Unicode, as it would on the way through a database.
 */
export function cleanValues(facet: FacetName, observation: Observation): HashValue[] {
  return FACETS[facet].columns.map((column) =>
    cleanValue(column, column.field === undefined ? null : observation[column.field]),
  );
}

function cleanValue(column: Column, value: unknown): HashValue {
  if (value === null || value === undefined) return null;
  if (column.type === 'VARCHAR') {
    if (typeof value === 'string') return value.isWellFormed() ? value : value.toWellFormed();
    throw new UnfitValue(`${column.name} is ${JSON.stringify(value)}, which is no text`);
  }
  if (typeof value !== 'number') {
    throw new UnfitValue(`${column.name} is ${JSON.stringify(value)}, which is no number`);
  }
  if (!Number.isFinite(value)) return null;
  if (column.type !== 'DOUBLE') {
    const largest = column.type === 'INTEGER' ? LARGEST_INTEGER : Number.MAX_SAFE_INTEGER;
    if (!Number.isInteger(value) || Math.abs(value) > largest) {
      throw new UnfitValue(`${column.name} is ${value}, which is no whole number up to ${largest}`);
    }
  }
  return value + 0;
}

/** A number as `cleanValues` leaves it. */
export function cleanNumber(value: number | null | undefined): number | null {
  return value === null || value === undefined || !Number.isFinite(value) ? null : value + 0;
}

/** Whether two cleaned lists hold the same values. */
export function sameValues(x: readonly HashValue[], y: readonly HashValue[]): boolean {
  for (let i = 0; i < x.length; i += 1) if (x[i] !== y[i]) return false;
  return true;
}
