// Sizes, lengths of time and money as a job file writes them: read, and written so that reading gives the same again.
import { parseDuration } from '../../../base/std/index.ts';

/** No flags, since the JSON Schema for editors has none. */
export const SIZE_PATTERN = /^\d+(\.\d+)?\s*[mMgGtT][iI]?[bB]$/;
export const DURATION_PATTERN = /^\s*(\d+(\.\d+)?\s*(ms|s|m|h|d|w)\s*)+$/;
export const MONEY_PATTERN = /^\$?\s*\d+(\.\d{1,6})?(\s*(USD|usd))?$/;

const GB_IN: Readonly<Record<string, number>> = {
  MB: 1e-3,
  GB: 1,
  TB: 1e3,
  MIB: 2 ** 20 / 1e9,
  GIB: 2 ** 30 / 1e9,
  TIB: 2 ** 40 / 1e9,
};

/** GB (10⁹ bytes) of `20GB`, `1.5TB` or `20GiB`; of text that matches SIZE_PATTERN. */
export function readSizeGb(text: string): number {
  const [, digits = '', unit = ''] = /^([\d.]+)\s*(\w+)$/.exec(text.trim()) ?? [];
  return Number(digits) * (GB_IN[unit.toUpperCase()] ?? Number.NaN);
}

/** Memory of a GPU is sold in GB and counted in GiB: both mean the nominal figure. */
export function readVramGb(text: string): number {
  return readSizeGb(text.replace(/([a-zA-Z])[iI]([bB])$/, '$1$2'));
}

export function formatSize(gb: number): string {
  if (gb >= 1_000 && Number.isInteger(gb / 1_000)) return `${gb / 1_000}TB`;
  if (gb < 1 && Number.isInteger(gb * 1_000)) return `${gb * 1_000}MB`;
  return `${gb}GB`;
}

/** Whole milliseconds of text that matches DURATION_PATTERN. */
export function readDurationMs(text: string): number {
  return Math.round(parseDuration(text));
}

/** In the largest unit that says it exactly: `90m`, not `1h 30m`. */
export function formatExactDuration(ms: number): string {
  for (const [unit, unitMs] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const) {
    if (ms > 0 && ms % unitMs === 0) return `${ms / unitMs}${unit}`;
  }
  return `${ms}ms`;
}

/** Dollars of a number, or of text that matches MONEY_PATTERN. */
export function readDollars(value: number | string): number {
  return typeof value === 'number' ? value : Number(/[\d.]+/.exec(value)?.[0]);
}
