// The rows of caps: set, removed, and read so that a row that makes no sense forbids spending.
import type { MicroUsd } from '../std/index.ts';
import { exactUsd } from './amounts.ts';
import { UnreadableLimitError } from './errors.ts';
import { capId, scopeId, scopeWords, shellWord, toRow, toScope } from './scopes.ts';
import type { LedgerTables, LedgerTransaction } from './tables.ts';
import {
  CAP_SCOPES,
  CAP_WINDOWS,
  type Cap,
  type CapKey,
  type CapScope,
  type CapWindow,
  type Scope,
} from './types.ts';

export type StoredCap = Cap & { readonly warnedWindowMs: number };

/** All caps, by scope, value and window. Throws UnreadableLimitError on the first that is none. */
export async function readCaps(trx: LedgerTransaction): Promise<StoredCap[]> {
  const rows = await trx.selectFrom('ledger_caps').selectAll().execute();
  return rows.map(parseCap).sort((a, b) => (capId(a) < capId(b) ? -1 : 1));
}

function parseCap(row: LedgerTables['ledger_caps']): StoredCap {
  const fault = faultOfScope(row) ?? faultOfWindow(row.window) ?? faultOfAmount(row.limit_amount);
  if (fault !== undefined) {
    throw new UnreadableLimitError(`cap ${row.scope}:${row.value}/${row.window}`, {
      what: fault,
      remedy: 'a newer version may have written it: update vastdeck, or restore the state store from a copy',
    });
  }
  return {
    ...toScope(row.scope as CapScope, row.value),
    window: row.window as CapWindow,
    limit: row.limit_amount as MicroUsd,
    setBy: row.set_by,
    setAtMs: row.set_at,
    warnedWindowMs: row.warned_window,
  };
}

/** What is wrong with a scope's row; undefined when nothing is. */
export function faultOfScope({ scope, value }: { scope: string; value: string }): string | undefined {
  if (!CAP_SCOPES.some((known) => known === scope)) return `its scope is "${scope}"`;
  if ((value === '') !== (scope === 'total')) return `its scope is ${scope} and its value "${value}"`;
  return undefined;
}

function faultOfWindow(window: string): string | undefined {
  return CAP_WINDOWS.some((known) => known === window) ? undefined : `its window is "${window}"`;
}

export function faultOfAmount(amount: unknown): string | undefined {
  return Number.isSafeInteger(amount) && Number(amount) >= 0 ? undefined : `its limit is ${String(amount)}`;
}

/** Throws RangeError on a scope without a name. */
export function checkScope(scope: Scope): void {
  const fault = faultOfScope(toRow(scope));
  if (fault !== undefined) {
    throw new RangeError(
      `${scopeId(scope)} is not whose money it is (${fault}); write total, or ${CAP_SCOPES.slice(1).join(', ')} with a name, like label:nightly`,
    );
  }
}

/** Throws RangeError on what cannot be a cap. */
export async function writeCap(trx: LedgerTransaction, cap: Cap): Promise<void> {
  checkScope(cap);
  const fault = faultOfWindow(cap.window) ?? faultOfAmount(cap.limit);
  if (fault !== undefined) {
    throw new RangeError(
      `The cap on ${scopeId(cap)} cannot be set (${fault}); a cap is $0 or more for ${CAP_WINDOWS.join(', ')}`,
    );
  }
  const values = {
    ...toRow(cap),
    window: cap.window,
    limit_amount: cap.limit,
    set_by: cap.setBy,
    set_at: cap.setAtMs,
    warned_window: -1,
  };
  await trx
    .insertInto('ledger_caps')
    .values(values)
    .onConflict((conflict) => conflict.columns(['scope', 'value', 'window']).doUpdateSet(values))
    .execute();
}

/** False when there was none. */
export async function deleteCap(trx: LedgerTransaction, cap: CapKey): Promise<boolean> {
  const { scope, value } = toRow(cap);
  const { numDeletedRows } = await trx
    .deleteFrom('ledger_caps')
    .where('scope', '=', scope)
    .where('value', '=', value)
    .where('window', '=', cap.window)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

export async function markWarned(trx: LedgerTransaction, cap: CapKey, windowStartMs: number): Promise<void> {
  const { scope, value } = toRow(cap);
  await trx
    .updateTable('ledger_caps')
    .set({ warned_window: windowStartMs })
    .where('scope', '=', scope)
    .where('value', '=', value)
    .where('window', '=', cap.window)
    .execute();
}

/** The command that sets a cap to `dollars`. */
export function capCommand(cap: CapKey, dollars: string): string {
  return `vd budget set ${shellWord(scopeId(cap))} ${cap.window} ${dollars}`;
}

const WINDOW_WORDS: Readonly<Record<CapWindow, string>> = { all: '', day: ' a day', month: ' a month' };

/** `cap of $10.00 a month on label nightly`. */
export function capWords(cap: Cap): string {
  return `cap of ${exactUsd(cap.limit)}${WINDOW_WORDS[cap.window]} on ${scopeWords(cap)}`;
}
