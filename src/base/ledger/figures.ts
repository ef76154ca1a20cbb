// What has been spent, earned and set aside: the sums that caps, limits and reports are held against.
import type { MicroUsd } from '../std/index.ts';
import { BUCKET_MS, EVER_BUCKET } from './amounts.ts';
import { readCharged } from './charges.ts';
import { type ScopeRow, toRow } from './scopes.ts';
import type { LedgerTransaction } from './tables.ts';
import type { Cap, LimitRow } from './types.ts';
import { windowStart } from './windows.ts';

export interface CapFigures {
  readonly windowStartMs: number;
  /** The larger of ours and, of an account, what the marketplace says. */
  readonly spent: MicroUsd;
  readonly reserved: MicroUsd;
}

export async function capFigures(
  trx: LedgerTransaction,
  { cap, nowMs, timeZone }: { readonly cap: Cap; readonly nowMs: number; readonly timeZone: string },
): Promise<CapFigures> {
  const windowStartMs = windowStart({ window: cap.window, atMs: nowMs, timeZone });
  const row = toRow(cap);
  const ours = await spentSince(trx, row, windowStartMs);
  const held = await heldBy(trx, row);
  const charged = cap.scope === 'account' ? await readCharged(trx, cap.value, windowStartMs) : 0;
  return { windowStartMs, spent: Math.max(ours.spent, charged) as MicroUsd, reserved: held.amount };
}

/**
 * No upper bound: money booked before the clock was set back still counts, so that a wrong clock makes a window
 * fuller and never emptier.
 */
async function spentSince(
  trx: LedgerTransaction,
  { scope, value }: ScopeRow,
  fromMs: number,
): Promise<{ spent: MicroUsd; earned: MicroUsd }> {
  const query = trx
    .selectFrom('ledger_sums')
    .select((eb) => [
      eb.fn.sum<number | null>('spent').as('spent'),
      eb.fn.sum<number | null>('earned').as('earned'),
    ])
    .where('scope', '=', scope)
    .where('value', '=', value);
  const row = await query
    .where('bucket', fromMs <= 0 ? '=' : '>=', fromMs <= 0 ? EVER_BUCKET : fromMs)
    .executeTakeFirstOrThrow();
  return { spent: Number(row.spent ?? 0) as MicroUsd, earned: Number(row.earned ?? 0) as MicroUsd };
}

async function heldBy(
  trx: LedgerTransaction,
  { scope, value }: ScopeRow,
): Promise<{ amount: MicroUsd; ratePerHour: MicroUsd }> {
  const row = await trx
    .selectFrom('ledger_held')
    .select((eb) => [
      eb.fn.sum<number | null>('amount').as('amount'),
      eb.fn.sum<number | null>('rate_per_hour').as('rate'),
    ])
    .where('scope', '=', scope)
    .where('value', '=', value)
    .executeTakeFirstOrThrow();
  return { amount: Number(row.amount ?? 0) as MicroUsd, ratePerHour: Number(row.rate ?? 0) as MicroUsd };
}

export interface LimitFigures {
  readonly spent: MicroUsd;
  readonly earned: MicroUsd;
  readonly reserved: MicroUsd;
  readonly ratePerHour: MicroUsd;
  /** How far earned less spent lies below its highest point. */
  readonly drawdown: MicroUsd;
  /** Acts begun in the window, oldest first. */
  readonly actsAtMs: readonly number[];
}

export async function limitFigures(
  trx: LedgerTransaction,
  { limit, nowMs }: { readonly limit: LimitRow; readonly nowMs: number },
): Promise<LimitFigures> {
  const row = toRow(limit.of);
  const fromMs = limit.timeWindowMs === 0 ? 0 : Math.max(0, nowMs - limit.timeWindowMs);
  // A quarter of an hour that ends inside the window counts whole.
  const fromBucket = Math.max(0, fromMs - BUCKET_MS + 1);
  const flow = await spentSince(trx, row, fromBucket);
  const held = await heldBy(trx, row);
  return {
    ...flow,
    reserved: held.amount,
    ratePerHour: held.ratePerHour,
    drawdown: limit.type === 'drawdown' ? await drawdownSince(trx, row, fromBucket) : (0 as MicroUsd),
    actsAtMs: limit.type === 'frequency' ? await actsSince(trx, row, fromMs) : [],
  };
}

async function drawdownSince(
  trx: LedgerTransaction,
  { scope, value }: ScopeRow,
  fromBucket: number,
): Promise<MicroUsd> {
  const rows = await trx
    .selectFrom('ledger_sums')
    .select(['spent', 'earned'])
    .where('scope', '=', scope)
    .where('value', '=', value)
    .where('bucket', '>=', fromBucket)
    .orderBy('bucket')
    .execute();
  let level = 0;
  let peak = 0;
  for (const { spent, earned } of rows) {
    level += earned - spent;
    peak = Math.max(peak, level);
  }
  return (peak - level) as MicroUsd;
}

async function actsSince(
  trx: LedgerTransaction,
  { scope, value }: ScopeRow,
  afterMs: number,
): Promise<number[]> {
  const rows = await trx
    .selectFrom('ledger_reservations')
    .select(['reserved_at', 'scopes'])
    .where('reserved_at', '>', afterMs)
    .where('status', '!=', 'released')
    .orderBy('reserved_at')
    .execute();
  const isCounted = (text: string) =>
    scope === 'total' || (JSON.parse(text) as Record<string, string>)[scope] === value;
  return rows.filter((row) => isCounted(row.scopes)).map((row) => row.reserved_at);
}
