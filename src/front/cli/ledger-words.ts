// Windows, kinds of limits and dollars, out of words as the ledger itself prints them.
import { CAP_WINDOWS, type CapWindow, LIMIT_TYPES, type LimitType } from '../../base/ledger/index.ts';
import { UsageError } from './errors.ts';
import { readNumber } from './flags.ts';

export function readWindow(text: string): CapWindow {
  const window = CAP_WINDOWS.find((known) => known === text);
  if (window) return window;
  throw new UsageError(`"${text}" is not a window; it is one of ${CAP_WINDOWS.join(', ')}`);
}

export function readLimitType(text: unknown): LimitType {
  const type = LIMIT_TYPES.find((known) => known === text);
  if (type) return type;
  throw new UsageError(`--type "${String(text)}" is not known; it is one of ${LIMIT_TYPES.join(', ')}`);
}

/** Dollars, with or without their sign. */
export function readDollars(name: string, text: string): number {
  return readNumber(name, text.replace(/^\$/, ''), { max: 1e9, example: 20 });
}
