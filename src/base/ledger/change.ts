// One change of the ledger: a transaction under its lock, with the events and log lines that tell of it. Events go
// last, since whoever appends them makes all others that do so wait.
import type { Log, LogFields } from '../std/index.ts';
import { appendEvents, type NewEvent, type Store } from '../store/index.ts';
import { exactUsd } from './amounts.ts';
import { capCommand, capWords, markWarned, readCaps, type StoredCap } from './caps.ts';
import { capFigures } from './figures.ts';
import { appliesTo, capId } from './scopes.ts';
import { type LedgerTransaction, lockLedger } from './tables.ts';
import type { Intent } from './types.ts';

/** A person is told when a cap is four fifths full. */
const WARN_RATIO = 0.8;

export interface Change {
  readonly trx: LedgerTransaction;
  readonly nowMs: number;
  readonly timeZone: string;
  /** Appended at the end. */
  readonly events: NewEvent[];
  /** Written once the change is stored. */
  readonly lines: { readonly message: string; readonly fields: LogFields }[];
  /** Whose money changed: their caps are looked at for the warning. */
  readonly touched: Intent['scopes'][];
}

export type RunChange = <T>(fn: (change: Change) => Promise<T>) => Promise<T>;

export function createRunChange({
  store,
  log,
  timeZone,
}: {
  readonly store: Store;
  readonly log: Log;
  readonly timeZone: string;
}): RunChange {
  return async (fn) => {
    const { value, lines } = await store.transaction(async (open) => {
      const trx = await lockLedger(open, store.dialect);
      const nowMs = Math.trunc(store.clock.now());
      const change: Change = { trx, nowMs, timeZone, events: [], lines: [], touched: [] };
      const result = await fn(change);
      await warnOfFullCaps(change);
      if (change.events.length > 0) await appendEvents(open, { events: change.events, clock: store.clock });
      return { value: result, lines: change.lines };
    });
    for (const { message, fields } of lines) log.warn(message, fields);
    return value;
  };
}

/** Once per cap and window. */
async function warnOfFullCaps(change: Change): Promise<void> {
  if (change.touched.length === 0) return;
  for (const cap of await readableCaps(change.trx)) {
    if (!change.touched.some((scopes) => appliesTo(cap, scopes))) continue;
    const { windowStartMs, spent, reserved } = await capFigures(change.trx, { cap, ...change });
    if (cap.warnedWindowMs === windowStartMs || spent + reserved < cap.limit * WARN_RATIO) continue;
    await markWarned(change.trx, cap, windowStartMs);
    const data = { limit: cap.limit, spent, reserved, windowStartMs };
    const reason = `${exactUsd(spent)} are spent and ${exactUsd(reserved)} reserved of the ${capWords(cap)}; raise it with: ${capCommand(cap, 'USD')}`;
    change.events.push({ noun: 'cap', id: capId(cap), status: 'warned', reason, data });
    change.lines.push({ message: 'cap nearly full', fields: { cap: capId(cap), ...data } });
  }
}

/** A cap that cannot be read forbids spending where that is decided; it must not keep costs from being recorded. */
async function readableCaps(trx: LedgerTransaction): Promise<StoredCap[]> {
  try {
    return await readCaps(trx);
  } catch (error) {
    if (error instanceof Error && error.name === 'UnreadableLimitError') return [];
    throw error;
  }
}
