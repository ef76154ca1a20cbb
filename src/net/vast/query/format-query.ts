// A typed query back into text that parses to the same filters.
import { canonicalGpuName } from '../gpu/canonical-name.ts';
import type { FilterOperator } from '../wire/index.ts';
import { type FilterField, fieldSpec } from './fields.ts';
import type { Filter, FilterScalar, OfferQuery } from './offer-query.ts';

const SYMBOLS: Readonly<Record<FilterOperator, string>> = {
  eq: '=',
  neq: '!=',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  in: ' in ',
  notin: ' notin ',
};

/** The filters as text; type, order, limit and storage are options of the search and not part of it. */
export function formatOfferQuery(query: Pick<OfferQuery, 'filters' | 'cleared'>): string {
  return [...query.filters.map(formatFilter), ...query.cleared.map((field) => `${field}=any`)].join(' ');
}

function formatFilter({ field, op, value }: Filter): string {
  const text = Array.isArray(value)
    ? `[${(value as readonly FilterScalar[]).map((item) => formatValue(field, item)).join(',')}]`
    : formatValue(field, value as FilterScalar);
  return `${field}${SYMBOLS[op]}${text}`;
}

function formatValue(field: FilterField, value: FilterScalar): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number')
    return fieldSpec(field).kind === 'driver' ? formatDriver(value) : String(value);
  const { kind } = fieldSpec(field);
  const underscored = value.replaceAll(' ', '_');
  if (kind === 'country' || kind === 'choice') return underscored;
  // A name that the parser would not recognise survives only in quotes, and so does an underscore.
  const isPlain =
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(underscored) &&
    !value.includes('_') &&
    !/^(?:any|none|null)$/i.test(underscored) &&
    (kind !== 'gpu' || canonicalGpuName(value) === value);
  return isPlain ? underscored : `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}

function formatDriver(version: number): string {
  const major = Math.floor(version / 1_000_000);
  return `${major}.${Math.floor(version / 1_000) % 1_000}.${version % 1_000}`;
}
