// The rows of reservations, and what the open ones hold.
import type { MicroUsd } from '../std/index.ts';
import { scopeRows, scopesText } from './scopes.ts';
import type { LedgerDb, LedgerTables, LedgerTransaction } from './tables.ts';
import type { Intent, ReservationState, ReservationStatus } from './types.ts';

export type StoredReservation = ReservationState & {
  readonly spentUntilMs: number;
  readonly endedAtMs: number | undefined;
};

function parseReservation(row: LedgerTables['ledger_reservations']): StoredReservation {
  const intent: Intent = {
    key: row.key,
    kind: row.kind,
    worstCost: row.worst_cost as MicroUsd,
    ...(row.rate_per_hour > 0 ? { ratePerHour: row.rate_per_hour as MicroUsd } : {}),
    scopes: JSON.parse(row.scopes) as Intent['scopes'],
  };
  const status = row.status as ReservationStatus;
  return {
    reservation: { id: row.id, intent, reservedAtMs: row.reserved_at },
    status,
    spent: row.spent as MicroUsd,
    held: heldAmount({ status, worstCost: row.worst_cost, spent: row.spent }),
    spentUntilMs: row.spent_until,
    endedAtMs: row.ended_at ?? undefined,
  };
}

function heldAmount({
  status,
  worstCost,
  spent,
}: {
  readonly status: ReservationStatus;
  readonly worstCost: number;
  readonly spent: number;
}): MicroUsd {
  return (status === 'open' ? Math.max(0, worstCost - spent) : 0) as MicroUsd;
}

export async function findByKey(db: LedgerDb, key: string): Promise<StoredReservation | undefined> {
  const row = await db
    .selectFrom('ledger_reservations')
    .selectAll()
    .where('key', '=', key)
    .executeTakeFirst();
  return row && parseReservation(row);
}

export async function findById(db: LedgerDb, id: string): Promise<StoredReservation | undefined> {
  const row = await db.selectFrom('ledger_reservations').selectAll().where('id', '=', id).executeTakeFirst();
  return row && parseReservation(row);
}

export async function listOpen(db: LedgerDb): Promise<StoredReservation[]> {
  const rows = await db
    .selectFrom('ledger_reservations')
    .selectAll()
    .where('status', '=', 'open')
    .orderBy('id')
    .execute();
  return rows.map(parseReservation);
}

export async function insertReservation(
  trx: LedgerTransaction,
  { id, intent, nowMs }: { readonly id: string; readonly intent: Intent; readonly nowMs: number },
): Promise<StoredReservation> {
  const ratePerHour = intent.ratePerHour ?? 0;
  const row: LedgerTables['ledger_reservations'] = {
    id,
    key: intent.key,
    kind: intent.kind,
    status: 'open',
    worst_cost: intent.worstCost,
    rate_per_hour: ratePerHour,
    scopes: scopesText(intent.scopes),
    reserved_at: nowMs,
    spent: 0,
    spent_until: nowMs,
    ended_at: null,
  };
  await trx.insertInto('ledger_reservations').values(row).execute();
  await trx
    .insertInto('ledger_held')
    .values(
      scopeRows(intent.scopes).map((scope) => ({
        ...scope,
        reservation_id: id,
        amount: intent.worstCost,
        rate_per_hour: ratePerHour,
      })),
    )
    .execute();
  return parseReservation(row);
}

/** Writes the reservation's next state, and what it holds from now on. */
export async function updateReservation(
  trx: LedgerTransaction,
  before: StoredReservation,
  next: {
    readonly status?: ReservationStatus;
    readonly worstCost?: MicroUsd;
    readonly spent?: MicroUsd;
    readonly spentUntilMs?: number;
    readonly endedAtMs?: number;
  },
): Promise<MicroUsd> {
  const { id, intent } = before.reservation;
  const {
    status = before.status,
    worstCost = intent.worstCost,
    spent = before.spent,
    spentUntilMs = before.spentUntilMs,
  } = next;
  await trx
    .updateTable('ledger_reservations')
    .set({
      status,
      worst_cost: worstCost,
      spent,
      spent_until: spentUntilMs,
      ended_at: next.endedAtMs ?? null,
    })
    .where('id', '=', id)
    .execute();
  const held = heldAmount({ status, worstCost, spent });
  if (status !== 'open') {
    await trx.deleteFrom('ledger_held').where('reservation_id', '=', id).execute();
  } else if (held !== before.held) {
    await trx.updateTable('ledger_held').set({ amount: held }).where('reservation_id', '=', id).execute();
  }
  return held;
}
