// Numbers, times and lists out of flags, each with a sentence that shows how to write it.
import { parseTime } from '../../base/std/index.ts';
import { UsageError } from './errors.ts';

/** The flags of one command as Commander gives them; each command reads and checks its own. */
export type Flags = Readonly<Record<string, unknown>>;

interface Range {
  readonly min?: number;
  readonly max?: number;
}

export function readNumber(
  name: string,
  text: unknown,
  { min = 0, max = Number.POSITIVE_INFINITY }: Range = {},
): number {
  const value = typeof text === 'string' && text.trim() !== '' ? Number(text) : Number.NaN;
  if (Number.isFinite(value) && value >= min && value <= max) return value;
  const bounds = max === Number.POSITIVE_INFINITY ? `of at least ${min}` : `from ${min} to ${max}`;
  throw new UsageError(`${name} ${String(text ?? '')} is not a number ${bounds}`);
}

export function readInteger(name: string, text: unknown, range: Range = {}): number {
  const value = readNumber(name, text, range);
  if (Number.isInteger(value)) return value;
  throw new UsageError(`${name} ${String(text)} is not a whole number`);
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
