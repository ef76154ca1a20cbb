// The halt switch: latched in the store, read by every act that spends, in the transaction that records it.
import { formatIso } from '../std/index.ts';
import type { StoreDialect, StoreTransaction } from '../store/index.ts';
import { DeniedError } from './errors.ts';
import type { LedgerDb, LedgerTables, LedgerTransaction } from './tables.ts';
import type { HaltState } from './types.ts';

/** A switch that is missing or makes no sense is on. */
export function parseHalt(row: LedgerTables['ledger_halt'] | undefined): HaltState {
  if (row?.is_halted === 0) return { kind: 'running' };
  if (row?.is_halted === 1) {
    return { kind: 'halted', by: row.halted_by, reason: row.reason, sinceMs: row.since };
  }
  return {
    kind: 'halted',
    by: 'the ledger',
    reason: 'the state of the switch cannot be read, which is taken for halted',
    sinceMs: 0,
  };
}

export async function readHalt(db: LedgerDb): Promise<HaltState> {
  return parseHalt(await db.selectFrom('ledger_halt').selectAll().where('id', '=', 1).executeTakeFirst());
}

export async function writeHalt(trx: LedgerTransaction, state: HaltState): Promise<void> {
  const values =
    state.kind === 'halted'
      ? { id: 1, is_halted: 1, halted_by: state.by, reason: state.reason, since: state.sinceMs }
      : { id: 1, is_halted: 0, halted_by: '', reason: '', since: 0 };
  await trx
    .insertInto('ledger_halt')
    .values(values)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
    .execute();
}

export function haltDenial(state: HaltState & { kind: 'halted' }): { limit: string; reason: string } {
  const since = state.sinceMs > 0 ? ` since ${formatIso(state.sinceMs)}` : '';
  return {
    limit: 'halt',
    reason: `Spending is halted${since} by ${state.by} (${state.reason || 'no reason given'}); nothing new is started until: vd resume`,
  };
}

/**
 * Throws DeniedError while halted, and otherwise keeps the switch off until the transaction ends: called in the
 * one that records the intent to create something. `halt` waits for it.
 */
export async function assertNotHalted(store: StoreTransaction, dialect: StoreDialect): Promise<void> {
  let query = store.$extendTables<LedgerTables>().selectFrom('ledger_halt').selectAll().where('id', '=', 1);
  // SQLite's transactions hold the write lock from their start.
  if (dialect === 'postgres') query = query.forShare();
  const state = parseHalt(await query.executeTakeFirst());
  if (state.kind === 'halted') throw new DeniedError(haltDenial(state));
}
