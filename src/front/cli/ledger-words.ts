// Whose money and which window, out of words as the ledger itself prints them: `label:nightly`, `month`.
import {
  CAP_SCOPES,
  CAP_WINDOWS,
  type CapWindow,
  LIMIT_TYPES,
  type LimitType,
  type Scope,
} from '../../base/ledger/index.ts';
import { type MicroUsd, microUsd } from '../../base/std/index.ts';
import { UsageError } from './errors.ts';
import { readNumber } from './flags.ts';

/** `account` alone is not taken: whose it is has to be asked of the service. */
export function readScope(text: string): Scope {
  const at = text.indexOf(':');
  const name = at < 0 ? text : text.slice(0, at);
  const value = at < 0 ? '' : text.slice(at + 1);
  const scope = CAP_SCOPES.find((known) => known === name);
  if (scope === 'total' && value === '' && at < 0) return { scope };
  if (scope !== undefined && scope !== 'total' && value !== '') return { scope, value };
  throw new UsageError(
    `"${text}" does not say whose money it is; write total, account, or ${CAP_SCOPES.slice(2).join(', ')} with a name, like label:nightly`,
  );
}

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
export function readDollars(name: string, text: string): MicroUsd {
  return microUsd(readNumber(name, text.replace(/^\$/, ''), { max: 1e9, example: 20 }));
}
