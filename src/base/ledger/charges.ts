// What the marketplace itself says that it charged: an account's cap counts the larger of ours and theirs, so that
// two installs on one account cannot pass it together.
import type { MicroUsd } from '../std/index.ts';
import type { LedgerDb, LedgerTransaction } from './tables.ts';
import type { StoredCharges } from './types.ts';

/** Keeps the newest word on each period; false when what is kept already is newer or the same. */
export async function writeCharges(trx: LedgerTransaction, charges: StoredCharges): Promise<boolean> {
  const known = await trx
    .selectFrom('ledger_charges')
    .select(['until', 'total'])
    .where('account', '=', charges.account)
    .where('window_start', '=', charges.windowStartMs)
    .executeTakeFirst();
  if (known && known.until > charges.untilMs) return false;
  const values = {
    account: charges.account,
    window_start: charges.windowStartMs,
    until: charges.untilMs,
    total: charges.total,
    by_reference: JSON.stringify(charges.byReference),
    recorded_at: charges.recordedAtMs,
  };
  await trx
    .insertInto('ledger_charges')
    .values(values)
    .onConflict((conflict) => conflict.columns(['account', 'window_start']).doUpdateSet(values))
    .execute();
  return known?.total !== charges.total;
}

/** The most that is known to have been charged from `windowStartMs` on. */
export async function readCharged(
  trx: LedgerTransaction,
  account: string,
  windowStartMs: number,
): Promise<MicroUsd> {
  const rows = await trx
    .selectFrom('ledger_charges')
    .select(['window_start', 'until', 'total'])
    .where('account', '=', account)
    .where('window_start', '>=', windowStartMs)
    .execute();
  return heaviestDisjoint(
    rows.map((row) => ({ fromMs: row.window_start, untilMs: row.until, total: row.total as MicroUsd })),
  );
}

export interface ChargedPeriod {
  readonly fromMs: number;
  /** Exclusive. */
  readonly untilMs: number;
  readonly total: MicroUsd;
}

/**
 * The largest sum of periods that do not overlap: days and months are both known, and a day's money stands in its
 * month's as well (weighted interval scheduling; Kleinberg and Tardos, Algorithm Design, 6.1).
 */
export function heaviestDisjoint(periods: readonly ChargedPeriod[]): MicroUsd {
  const sorted = [...periods].sort((a, b) => a.untilMs - b.untilMs || a.fromMs - b.fromMs);
  // best[i]: the largest sum of the first i periods.
  const best = [0];
  for (const [index, period] of sorted.entries()) {
    let before = index;
    while (before > 0 && (sorted[before - 1] as ChargedPeriod).untilMs > period.fromMs) before -= 1;
    best.push(Math.max(best[index] ?? 0, (best[before] ?? 0) + period.total));
  }
  return (best.at(-1) ?? 0) as MicroUsd;
}

/** All periods of the account, or of all accounts, oldest first. */
export async function listCharges(db: LedgerDb, account?: string): Promise<StoredCharges[]> {
  let query = db.selectFrom('ledger_charges').selectAll().orderBy('window_start').orderBy('account');
  if (account !== undefined) query = query.where('account', '=', account);
  return (await query.execute()).map((row) => ({
    account: row.account,
    windowStartMs: row.window_start,
    untilMs: row.until,
    total: row.total as MicroUsd,
    byReference: JSON.parse(row.by_reference) as StoredCharges['byReference'],
    recordedAtMs: row.recorded_at,
  }));
}
