// Query text as the official CLI understands it, into a typed query.

import { canonicalGpuName } from '../gpu/canonical-name.ts';
import type { OfferType } from '../offer.ts';
import { type FilterField, fieldSpec, findField } from './fields.ts';
import {
  type DefaultFilters,
  type Filter,
  type FilterScalar,
  makeOfferQuery,
  type OfferQuery,
  type OrderKey,
} from './offer-query.ts';
import { parseOrder } from './parse-order.ts';
import { parseValue, takesOperator } from './parse-value.ts';
import { resolveField } from './resolve-field.ts';
import { type Condition, scanConditions, type Word } from './scan.ts';
import { QuerySyntaxError } from './syntax-error.ts';

export interface ParseOptions {
  /** GPU names beyond those that the program knows, from the API. */
  readonly gpuNames?: readonly string[];
  /** Default `official`. */
  readonly defaults?: DefaultFilters;
  /** Default `on-demand`. */
  readonly type?: OfferType;
  /** Text such as `dph` or `score-`, or keys; default the service's ranking. */
  readonly order?: string | readonly OrderKey[];
  /** Default none. */
  readonly limit?: number;
  /** Default 5 GB. */
  readonly storageGb?: number;
  /** Default `bundled`. */
  readonly bundling?: OfferQuery['bundling'];
}

const WILDCARDS: readonly string[] = ['any', '*', '?'];

/**
 * Typed query of text such as `gpu_name=RTX_4090 num_gpus>=2 geolocation in [US,CA] verified=any`. Conditions
 * that contradict each other (`num_gpus=1 num_gpus=2`) are a mistake. Throws QuerySyntaxError with the column.
 *
 * Two points differ from the official CLI: an unknown field is refused instead of sent with a warning, and
 * any condition on a field replaces its default filter, also one with another operator.
 */
export function parseOfferQuery(text: string, options: ParseOptions = {}): OfferQuery {
  let filters: Filter[] = [];
  const cleared = new Set<FilterField>();
  for (const condition of scanConditions(text, (name) => findField(name) !== undefined)) {
    const field = resolveField(condition.field.text, { text, column: condition.field.column });
    if (isWildcard(condition.value)) {
      if (condition.op !== 'eq') {
        throw mistake(
          text,
          condition.opColumn,
          `"${condition.value.text}" goes with = only; write ${field}=any`,
        );
      }
      filters = filters.filter((other) => other.field !== field);
      cleared.add(field);
      continue;
    }
    const filter = filterOf(text, field, condition, options.gpuNames ?? []);
    const rival = filters.find((other) => contradicts(other, filter));
    if (rival !== undefined) {
      throw mistake(
        text,
        condition.field.column,
        `${field} is already asked to be ${String(rival.value)}; write ${field} in [A,B] for one of several`,
      );
    }
    cleared.delete(field);
    if (!filters.some((other) => isSame(other, filter))) filters.push(filter);
  }
  const { order } = options;
  return makeOfferQuery({
    filters,
    cleared: [...cleared].sort(),
    ...(options.defaults === undefined ? {} : { defaults: options.defaults }),
    ...(options.type === undefined ? {} : { type: options.type }),
    ...(order === undefined ? {} : { order: typeof order === 'string' ? parseOrder(order) : order }),
    ...(options.limit === undefined ? {} : { limit: options.limit }),
    ...(options.storageGb === undefined ? {} : { storageGb: options.storageGb }),
    ...(options.bundling === undefined ? {} : { bundling: options.bundling }),
  });
}

function filterOf(
  text: string,
  field: FilterField,
  condition: Condition,
  gpuNames: readonly string[],
): Filter {
  const { op, opColumn, valueColumn } = condition;
  if (!takesOperator(field, op)) {
    throw mistake(text, opColumn, `${field} cannot be compared in this way; use = or !=`);
  }
  const takesList = op === 'in' || op === 'notin';
  const words = Array.isArray(condition.value)
    ? (condition.value as readonly Word[])
    : [condition.value as Word];
  if (words.length === 0) throw mistake(text, valueColumn, `a value is missing after ${field}`);
  if (words.length > 1 && !takesList) {
    throw mistake(text, opColumn, `a list goes with in or notin; write ${field} in [A,B]`);
  }
  const values = words.map((word): FilterScalar => {
    const parsed = parseValue(field, word, gpuNames);
    if (parsed.kind === 'ok') return parsed.value;
    const whole = fieldSpec(field).kind === 'gpu' ? spacedGpuName(text, word, gpuNames) : undefined;
    if (whole !== undefined) {
      const typed = whole.replaceAll(' ', '_');
      throw mistake(
        text,
        word.column,
        `a name with spaces needs quotes; write ${typed} or "${whole}"`,
        typed,
      );
    }
    throw mistake(text, word.column, parsed.problem, parsed.suggestion);
  });
  if (values.includes(null) && op !== 'eq' && op !== 'neq') {
    throw mistake(text, valueColumn, `None goes with = or != only`);
  }
  return { field, op, value: takesList ? [...new Set(values)] : (values[0] as FilterScalar) };
}

/** The model that is meant when a name was typed with its spaces and without quotes: `gpu_name=RTX 4070 Ti`. */
function spacedGpuName(text: string, word: Word, gpuNames: readonly string[]): string | undefined {
  const words = text.slice(word.column - 1).split(/\s+/);
  for (let length = 4; length > 1; length -= 1) {
    const name = canonicalGpuName(words.slice(0, length).join(' '), gpuNames);
    if (name !== undefined && words.length >= length) return name;
  }
  return undefined;
}

function isWildcard(value: Condition['value']): value is Word {
  if (Array.isArray(value)) return false;
  const word = value as Word;
  return !word.isQuoted && WILDCARDS.includes(word.text.toLowerCase());
}

function contradicts(a: Filter, b: Filter): boolean {
  return a.field === b.field && a.op === 'eq' && b.op === 'eq' && a.value !== b.value;
}

function isSame(a: Filter, b: Filter): boolean {
  return a.field === b.field && a.op === b.op && JSON.stringify(a.value) === JSON.stringify(b.value);
}

function mistake(text: string, column: number, problem: string, suggestion?: string): QuerySyntaxError {
  return new QuerySyntaxError({ text, column, problem, suggestion });
}
