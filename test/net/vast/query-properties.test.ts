// What holds of every query.
import fc from 'fast-check';
import {
  FILTER_FIELDS,
  type Filter,
  type FilterField,
  type FilterScalar,
  formatOfferQuery,
  KNOWN_GPU_NAMES,
  makeOfferQuery,
  parseOfferQuery,
  QuerySyntaxError,
  REGIONS,
  toSearchBody,
} from 'vastdeck/vast';
import { describe, expect, it } from 'vitest';

const BOOLEANS: readonly FilterField[] = [
  'datacenter',
  'external',
  'gpu_display_active',
  'has_avx',
  'is_bid',
  'rentable',
  'rented',
  'static_ip',
  'verified',
  'vms_enabled',
];
const TEXTS: readonly FilterField[] = ['cpu_arch', 'cpu_name', 'disk_name', 'gpu_arch', 'mobo_name'];
const VERSIONS: readonly FilterField[] = ['os_version', 'ubuntu_version'];

const anyText = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => text.trim() !== '');
const number = fc.double({ noNaN: true, min: -1e15, max: 1e15 }).map((value) => value + 0);
const country = fc.oneof(fc.constantFrom(...REGIONS), fc.constantFrom('US', 'CA', 'DE', 'SE', 'JP', 'NA'));
const gpu = fc.oneof(
  fc.constantFrom(...KNOWN_GPU_NAMES),
  anyText.filter((text) => !/[a-z0-9]/i.test(text)),
);

function anyValueOf(field: FilterField): fc.Arbitrary<FilterScalar> {
  if (BOOLEANS.includes(field)) return fc.boolean();
  if (TEXTS.includes(field) || VERSIONS.includes(field)) return anyText;
  if (field === 'geolocation') return country;
  if (field === 'gpu_name') return gpu;
  if (field === 'verification') return fc.constantFrom('verified', 'unverified', 'deverified');
  if (field === 'driver_version') return fc.integer({ min: 1_000_000, max: 999_999_999 });
  return number;
}

function operatorsOf(field: FilterField): readonly Filter['op'][] {
  if (BOOLEANS.includes(field)) return ['eq', 'neq'];
  const equality = ['eq', 'neq', 'in', 'notin'] as const;
  const isUnordered = TEXTS.includes(field) || ['geolocation', 'gpu_name', 'verification'].includes(field);
  return isUnordered ? equality : [...equality, 'gt', 'gte', 'lt', 'lte'];
}

const filter: fc.Arbitrary<Filter> = fc.constantFrom(...FILTER_FIELDS).chain((field) =>
  fc.constantFrom(...operatorsOf(field)).chain((op) => {
    const value = anyValueOf(field);
    if (op === 'in' || op === 'notin') {
      return fc
        .uniqueArray(value, { minLength: 1, maxLength: 4 })
        .map((list): Filter => ({ field, op, value: list }));
    }
    const withNull = op === 'eq' || op === 'neq' ? fc.oneof(value, fc.constant(null)) : value;
    return withNull.map((scalar): Filter => ({ field, op, value: scalar }));
  }),
);

const query = fc
  .uniqueArray(filter, { maxLength: 6, selector: ({ field, op }) => `${field} ${op}` })
  .chain((filters) => {
    const used = new Set(filters.map(({ field }) => field));
    const free = FILTER_FIELDS.filter((field) => !used.has(field));
    return fc
      .uniqueArray(fc.constantFrom(...free), { maxLength: 2 })
      .map((cleared) => makeOfferQuery({ filters, cleared: cleared.sort() }));
  });

describe('a query', () => {
  it('written as text parses to itself', () => {
    fc.assert(
      fc.property(query, (original) => {
        const text = formatOfferQuery(original);
        expect(parseOfferQuery(text)).toEqual(original);
      }),
      { numRuns: 500 },
    );
  });

  it('has a body that is JSON and names every field with its operators', () => {
    fc.assert(
      fc.property(query, (original) => {
        const body = toSearchBody({ ...original, defaults: 'none' });
        expect(JSON.parse(JSON.stringify(body))).toEqual(body);
        for (const { field } of original.filters)
          expect(Object.keys(body[field] as object).length).toBeGreaterThan(0);
        for (const field of original.cleared) expect(body).not.toHaveProperty(field);
      }),
    );
  });
});

describe('any text at all', () => {
  const pieces = fc.constantFrom(
    'num_gpus',
    'gpu_name',
    'geolocation',
    ' ',
    '  ',
    '=',
    '>=',
    '!',
    '[',
    ']',
    ',',
    '"',
    "'",
    '\\',
    'in',
    'not in',
    'any',
    'RTX_4090',
    '2',
    'US',
    '\n',
    'é',
    '🙂',
  );
  const text = fc.oneof(
    fc.array(pieces, { maxLength: 14 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }),
  );

  it('parses, or is a mistake at a column inside of it or right after it', () => {
    fc.assert(
      fc.property(text, (input) => {
        try {
          parseOfferQuery(input);
        } catch (error) {
          if (!(error instanceof QuerySyntaxError)) throw error;
          expect(error.column).toBeGreaterThanOrEqual(1);
          expect(error.column).toBeLessThanOrEqual(input.length + 1);
          expect(error.format().split('\n')[1]).toBe(`${' '.repeat(error.column - 1)}^`);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('that parses can be written and read again without a change', () => {
    fc.assert(
      fc.property(text, (input) => {
        let parsed: ReturnType<typeof parseOfferQuery>;
        try {
          parsed = parseOfferQuery(input);
        } catch {
          // Not a query: the property above has looked at it.
          return;
        }
        expect(parseOfferQuery(formatOfferQuery(parsed))).toEqual(parsed);
      }),
      { numRuns: 1_000 },
    );
  });
});
