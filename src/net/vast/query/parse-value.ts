// From a written value to a typed one, by the kind of its field.
import { nearest } from '../../../base/std/index.ts';
import { canonicalGpuName, suggestGpuNames } from '../gpu/canonical-name.ts';
import type { FilterOperator } from '../wire/index.ts';
import { type FieldKind, type FilterField, fieldSpec } from './fields.ts';
import type { FilterScalar } from './offer-query.ts';
import { parsePlace, REGIONS } from './regions.ts';
import type { Word } from './scan.ts';

/** Gives the sentence of what is wrong instead of throwing: the caller knows the text and the column. */
export type ParsedValue =
  | { readonly kind: 'ok'; readonly value: FilterScalar }
  | { readonly kind: 'mistake'; readonly problem: string; readonly suggestion?: string | undefined };

const EQUALITY_ONLY: readonly FieldKind[] = ['boolean', 'text', 'country', 'gpu', 'choice'];

/** Whether the field can be compared in this way: a GPU is not greater than another. */
export function takesOperator(field: FilterField, op: FilterOperator): boolean {
  const { kind } = fieldSpec(field);
  if (kind === 'boolean') return op === 'eq' || op === 'neq';
  return !EQUALITY_ONLY.includes(kind) || !['gt', 'gte', 'lt', 'lte'].includes(op);
}

export function parseValue(field: FilterField, word: Word, gpuNames: readonly string[]): ParsedValue {
  const { kind, choices } = fieldSpec(field);
  if (!word.isQuoted && (word.text === 'None' || word.text === 'null')) return ok(null);
  switch (kind) {
    case 'number':
      return isNumber(word.text)
        ? ok(Number(word.text) + 0)
        : mistake(`${field} takes a number, not "${word.text}"`);
    case 'boolean':
      return parseBoolean(field, word.text);
    case 'driver':
      return parseDriver(word.text);
    case 'country':
      return parseCountry(word.text);
    case 'gpu':
      return parseGpu(word, gpuNames);
    case 'choice': {
      const choice = word.text.toLowerCase();
      if (choices?.includes(choice)) return ok(choice);
      return mistake(
        `${field} is one of ${choices?.join(', ')}, not "${word.text}"`,
        nearest(choice, choices ?? [], { limit: 1 })[0],
      );
    }
    case 'text':
    case 'version':
      if (word.text.trim() === '') return mistake(`${field} takes a word, not an empty text`);
      return ok(word.isQuoted ? word.text : word.text.replaceAll('_', ' '));
  }
}

function parseBoolean(field: FilterField, text: string): ParsedValue {
  const lower = text.toLowerCase();
  if (lower === 'true' || lower === 'yes' || lower === '1') return ok(true);
  if (lower === 'false' || lower === 'no' || lower === '0') return ok(false);
  return mistake(`${field} is true, false or any, not "${text}"`);
}

/** `535.86.05`, or its beginning, or the integer that the service makes of it. */
function parseDriver(text: string): ParsedValue {
  const parts = text.split('.');
  const isVersion = parts.length <= 3 && parts.every((part) => /^\d{1,3}$/.test(part));
  if (isVersion) {
    const [major = '0', minor = '0', patch = '0'] = parts;
    return ok(Number(major) * 1_000_000 + Number(minor) * 1_000 + Number(patch));
  }
  if (/^\d{7,9}$/.test(text)) return ok(Number(text));
  return mistake(`driver_version is written like 535.86.05, not "${text}"`);
}

function parseCountry(text: string): ParsedValue {
  const place = parsePlace(text);
  if (place !== undefined) return ok(place);
  const [guess] = nearest(text.replaceAll('_', ' '), REGIONS, { limit: 1 });
  const hint = guess === undefined ? '' : `; did you mean ${guess.replaceAll(' ', '_')}?`;
  return mistake(
    `"${text}" is neither a country's two letters (US, DE) nor a region (${REGIONS.map((name) => name.replaceAll(' ', '_')).join(', ')})${hint}`,
    guess?.replaceAll(' ', '_'),
  );
}

function parseGpu(word: Word, gpuNames: readonly string[]): ParsedValue {
  const name = canonicalGpuName(word.text, gpuNames);
  if (name !== undefined) return ok(name);
  // The market has models before any list has them: in quotes the name goes out as it is.
  if (word.isQuoted && word.text.trim() !== '') return ok(word.text);
  const [guess] = suggestGpuNames(word.text, { limit: 1, learned: gpuNames });
  const typed = guess?.replaceAll(' ', '_');
  const hint = typed === undefined ? '' : `; did you mean ${typed}?`;
  return mistake(`no GPU is called "${word.text}"${hint} (in quotes it is searched for as it is)`, typed);
}

/** Far above anything that an offer has, and low enough that no unit's factor makes it infinite. */
const LARGEST_NUMBER = 1e15;

function isNumber(text: string): boolean {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) && Math.abs(Number(text)) <= LARGEST_NUMBER;
}

function ok(value: FilterScalar): ParsedValue {
  return { kind: 'ok', value };
}

function mistake(problem: string, suggestion?: string): ParsedValue {
  return { kind: 'mistake', problem, suggestion };
}
