// Money on the books: what a reservation has spent, in the sums of all its scopes.
import type { MicroUsd } from '../std/index.ts';
import { type Booking, EVER_BUCKET } from './amounts.ts';
import { scopeRows } from './scopes.ts';
import type { LedgerTransaction } from './tables.ts';
import type { Intent } from './types.ts';

/** SQLite binds at most 32,766 values in a statement. */
const ROWS_MAX = 1_000;

/** Adds to what the reservation has spent; negative amounts take back. */
export async function bookSpent(
  trx: LedgerTransaction,
  {
    reservationId,
    scopes,
    bookings,
  }: {
    readonly reservationId: string;
    readonly scopes: Intent['scopes'];
    readonly bookings: readonly Booking[];
  },
): Promise<void> {
  if (bookings.length === 0) return;
  await trx
    .insertInto('ledger_entries')
    .values(bookings.map(({ bucket, amount }) => ({ reservation_id: reservationId, bucket, spent: amount })))
    .onConflict((conflict) =>
      conflict.columns(['reservation_id', 'bucket']).doUpdateSet((eb) => ({
        spent: eb('ledger_entries.spent', '+', eb.ref('excluded.spent')),
      })),
    )
    .execute();
  await addToSums(
    trx,
    bookings.flatMap(({ bucket, amount }) =>
      scopeRows(scopes).map((row) => ({ ...row, bucket, spent: amount, earned: 0 })),
    ),
  );
}

export async function bookEarned(
  trx: LedgerTransaction,
  { scopes, booking }: { readonly scopes: Intent['scopes']; readonly booking: Booking },
): Promise<void> {
  const { bucket, amount } = booking;
  await addToSums(
    trx,
    scopeRows(scopes).map((row) => ({ ...row, bucket, spent: 0, earned: amount })),
  );
}

interface SumRow {
  readonly scope: string;
  readonly value: string;
  readonly bucket: number;
  readonly spent: number;
  readonly earned: number;
}

async function addToSums(trx: LedgerTransaction, parts: readonly SumRow[]): Promise<void> {
  const ever = new Map<string, SumRow>();
  for (const part of parts) {
    const known = ever.get(part.scope) ?? { ...part, bucket: EVER_BUCKET, spent: 0, earned: 0 };
    ever.set(part.scope, { ...known, spent: known.spent + part.spent, earned: known.earned + part.earned });
  }
  const rows = [...ever.values(), ...parts];
  for (let from = 0; from < rows.length; from += ROWS_MAX) {
    await trx
      .insertInto('ledger_sums')
      .values(rows.slice(from, from + ROWS_MAX))
      .onConflict((conflict) =>
        conflict.columns(['scope', 'value', 'bucket']).doUpdateSet((eb) => ({
          spent: eb('ledger_sums.spent', '+', eb.ref('excluded.spent')),
          earned: eb('ledger_sums.earned', '+', eb.ref('excluded.earned')),
        })),
      )
      .execute();
  }
}

/**
 * Where to take `amount` back from: the newest bookings first, each in its own quarter of an hour. Taken back now
 * instead, it would let today pass its cap by what yesterday was charged too much.
 */
export async function bookingsToTakeBack(
  trx: LedgerTransaction,
  reservationId: string,
  amount: MicroUsd,
): Promise<Booking[]> {
  const entries = await trx
    .selectFrom('ledger_entries')
    .select(['bucket', 'spent'])
    .where('reservation_id', '=', reservationId)
    .orderBy('bucket', 'desc')
    .execute();
  const taken: Booking[] = [];
  let left: number = amount;
  for (const { bucket, spent } of entries) {
    const part = Math.min(left, spent);
    if (part > 0) taken.push({ bucket, amount: -part as MicroUsd });
    left -= part;
  }
  return taken;
}
