// Numbers, times and lists out of flags, each with a sentence that shows how to write it.
import { parseDuration, parseTime } from '../../base/std/index.ts';
import { OFFER_TYPES, type OfferType, parseOfferType, QuerySyntaxError } from '../../net/vast/index.ts';
import { UsageError } from './errors.ts';
import { valueText } from './output/column.ts';

/** The flags of one command as Commander gives them; each command reads and checks its own. */
export type Flags = Readonly<Record<string, unknown>>;

interface Range {
  readonly min?: number;
  readonly max?: number;
  /** A value that works, for the sentence about one that does not. */
  readonly example: number;
}

export function readNumber(name: string, text: unknown, range: Range): number {
  const value = numberOf(text);
  if (isWithin(value, range)) return value;
  throw new UsageError(
    `${name} "${valueText(text)}" is not a number ${boundsOf(range)}; write it like ${name} ${range.example}`,
  );
}

export function readInteger(name: string, text: unknown, range: Range): number {
  const value = numberOf(text);
  if (Number.isSafeInteger(value) && isWithin(value, range)) return value;
  throw new UsageError(
    `${name} "${valueText(text)}" is not a whole number ${boundsOf(range)}; write it like ${name} ${range.example}`,
  );
}

function numberOf(text: unknown): number {
  return typeof text === 'string' && text.trim() !== '' ? Number(text) : Number.NaN;
}

function isWithin(value: number, { min = 0, max = Number.POSITIVE_INFINITY }: Range): boolean {
  return Number.isFinite(value) && value >= min && value <= max;
}

function boundsOf({ min = 0, max }: Range): string {
  return max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
}

/** `90s`, `3h`, `1d`. */
export function readDuration(name: string, text: unknown): number {
  try {
    return parseDuration(valueText(text));
  } catch (error) {
    throw new UsageError(`${name}: ${(error as Error).message}`);
  }
}

/** Undefined where the flag is not given. */
export function readTime(name: string, text: unknown, nowMs: number): number | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    return parseTime(text, nowMs);
  } catch (error) {
    throw new UsageError(`${name}: ${(error as Error).message}`);
  }
}

/** `on-demand`, `bid`, `spot` …; undefined where the flag is not given. */
export function readOfferType(name: string, text: unknown): OfferType | undefined {
  const type = readText(text);
  if (type === undefined) return undefined;
  try {
    return parseOfferType(type);
  } catch (error) {
    // What is wrong with a query is shown under the query; this stands in none.
    if (!(error instanceof QuerySyntaxError)) throw error;
    throw new UsageError(`${name} "${type}" is not known; it is one of ${OFFER_TYPES.join(', ')}`);
  }
}

export function readList(text: unknown): string[] {
  if (typeof text !== 'string') return [];
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}

export function readText(text: unknown): string | undefined {
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : undefined;
}
