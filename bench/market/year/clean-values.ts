// The values of an observation, facet by facet, as the store must keep them: said a second time, and in another way
// than the journal does it.
import type { HashValue } from '../../../src/watch/history/journal/row-hash.ts';
import { type Column, FACETS, type FacetName } from '../../../src/watch/history/journal/schema.ts';
import type { Observation } from '../../../src/watch/history/observation.ts';

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
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'number') throw new Error(`${column.name} of the trace is ${JSON.stringify(value)}`);
  return Number.isFinite(value) ? value + 0 : null;
}
