// Money that goes: from reserved to spent while an act lasts, and the end of its reservation.
import { formatIso, type MicroUsd } from '../std/index.ts';
import { assertAmount, bucketOf, exactUsd, spreadOverDays } from './amounts.ts';
import { bookingsToTakeBack, bookSpent } from './bookings.ts';
import type { Change } from './change.ts';
import { AlreadySpentError, ReservationEndedError, UnknownReservationError } from './errors.ts';
import { findById, type StoredReservation, updateReservation } from './reservations.ts';

export interface Accrual {
  readonly reservationId: string;
  /** Since the act began, not since the last accrual. */
  readonly spentSoFar: MicroUsd;
}

export async function accrueIn(change: Change, { reservationId, spentSoFar }: Accrual): Promise<void> {
  assertAmount(spentSoFar, `What ${reservationId} has spent`);
  const before = await mustFind(change, reservationId);
  if (before.status !== 'open') {
    // A figure that was read before the end and comes after it.
    if (spentSoFar <= before.spent) return;
    throw ended(before, `charged ${exactUsd(spentSoFar)}`);
  }
  const untilMs = Math.max(change.nowMs, before.spentUntilMs);
  if (spentSoFar <= before.spent) {
    // Nothing was spent until now, so what comes next is not laid over this time.
    if (spentSoFar === before.spent && untilMs > before.spentUntilMs) {
      await updateReservation(change.trx, before, { spentUntilMs: untilMs });
    }
    return;
  }
  await bookMore(change, before, { spent: spentSoFar, untilMs });
  await updateReservation(change.trx, before, { spent: spentSoFar, spentUntilMs: untilMs });
  change.touched.push(before.reservation.intent.scopes);
  const overrun = spentSoFar - Math.max(before.spent, before.reservation.intent.worstCost);
  // A tick is no news: one event a quarter of an hour tells the story, and each passing of the reservation.
  if (overrun > 0 || before.spent === 0 || bucketOf(untilMs) > bucketOf(before.spentUntilMs)) {
    tell(change, before, { status: 'accrued', spent: spentSoFar });
  }
}

export async function settleIn(change: Change, reservationId: string, cost: MicroUsd): Promise<void> {
  assertAmount(cost, `The cost of ${reservationId}`);
  const before = await mustFind(change, reservationId);
  if (before.status === 'settled' && before.spent === cost) return;
  if (before.status !== 'open') throw ended(before, `settled with ${exactUsd(cost)}`);
  const { trx, nowMs } = change;
  const { intent } = before.reservation;
  const untilMs = Math.max(nowMs, before.spentUntilMs);
  if (cost > before.spent) {
    await bookMore(change, before, { spent: cost, untilMs });
  } else {
    const bookings = await bookingsToTakeBack(trx, reservationId, (before.spent - cost) as MicroUsd);
    await bookSpent(trx, { reservationId, scopes: intent.scopes, bookings });
  }
  await updateReservation(trx, before, {
    status: 'settled',
    spent: cost,
    spentUntilMs: untilMs,
    endedAtMs: nowMs,
  });
  change.touched.push(intent.scopes);
  tell(change, before, { status: 'settled', spent: cost });
}

export async function releaseIn(change: Change, reservationId: string): Promise<void> {
  const before = await mustFind(change, reservationId);
  if (before.status === 'released') return;
  if (before.status !== 'open') throw ended(before, 'released');
  if (before.spent > 0) throw new AlreadySpentError(reservationId, before.spent);
  await updateReservation(change.trx, before, { status: 'released', endedAtMs: change.nowMs });
  tell(change, before, { status: 'released', spent: 0 as MicroUsd });
}

async function mustFind({ trx }: Change, reservationId: string): Promise<StoredReservation> {
  const found = await findById(trx, reservationId);
  if (!found) throw new UnknownReservationError(reservationId);
  return found;
}

function ended({ reservation, status, spent, endedAtMs = 0 }: StoredReservation, attempted: string) {
  return new ReservationEndedError(reservation.id, { status, spent, endedAtMs }, attempted);
}

/** Books what was spent since the last figure on the days since then. */
async function bookMore(
  { trx, timeZone }: Change,
  { reservation, spent: before, spentUntilMs }: StoredReservation,
  { spent, untilMs }: { readonly spent: MicroUsd; readonly untilMs: number },
): Promise<void> {
  const amount = (spent - before) as MicroUsd;
  const bookings = spreadOverDays({ amount, fromMs: spentUntilMs, toMs: untilMs, timeZone });
  await bookSpent(trx, { reservationId: reservation.id, scopes: reservation.intent.scopes, bookings });
}

/** Money beyond the reservation is recorded like any other, and said aloud: a worst cost was estimated too low. */
function tell(
  change: Change,
  { reservation }: StoredReservation,
  { status, spent }: { readonly status: 'accrued' | 'settled' | 'released'; readonly spent: MicroUsd },
): void {
  const { key, kind, worstCost, scopes } = reservation.intent;
  const overrun = Math.max(0, spent - worstCost) as MicroUsd;
  const over = overrun > 0 ? `, ${exactUsd(overrun)} more than were reserved` : '';
  const reason =
    status === 'released'
      ? `${kind} did not happen, ${exactUsd(worstCost)} are given back`
      : `${kind} has cost ${exactUsd(spent)} of ${exactUsd(worstCost)}${over}`;
  const data = { key, kind, worstCost, spent, overrun, scopes };
  change.events.push({ noun: 'ledger', id: reservation.id, status, reason, data });
  if (overrun > 0) {
    const since = formatIso(reservation.reservedAtMs);
    change.lines.push({
      message: 'more was spent than reserved',
      fields: { reservation: reservation.id, key, since, worstCost, spent, overrun },
    });
  }
}
