// Setting money aside: every cap, every limit and the halt switch are read in the transaction that does it.
import { type Clock, createId, formatIso, type MicroUsd, type Random } from '../std/index.ts';
import { assertAmount, exactUsd } from './amounts.ts';
import { readCaps } from './caps.ts';
import type { Change } from './change.ts';
import {
  IntentChangedError,
  ReservationEndedError,
  UnknownReservationError,
  UnreadableLimitError,
} from './errors.ts';
import { capFigures, limitFigures } from './figures.ts';
import { haltDenial, readHalt } from './halt.ts';
import { type Demand, judgeCap, judgeLimit, type Refusal } from './judge.ts';
import { readLimits } from './limits.ts';
import {
  findById,
  findByKey,
  insertReservation,
  type StoredReservation,
  updateReservation,
} from './reservations.ts';
import { appliesTo, scopesText } from './scopes.ts';
import type { Intent, ReserveResult } from './types.ts';

export async function reserveIn(
  change: Change,
  intent: Intent,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Promise<ReserveResult> {
  const { trx, nowMs } = change;
  assertAmount(intent.worstCost, `The worst cost of ${intent.key}`);
  assertAmount(intent.ratePerHour ?? 0, `The rate of ${intent.key}`);
  const halt = await readHalt(trx);
  if (halt.kind === 'halted') return deny(change, intent, haltDenial(halt));
  const known = await findByKey(trx, intent.key);
  if (known) return answerAgain(change, intent, known);
  const demand = {
    kind: intent.kind,
    extra: intent.worstCost,
    ratePerHour: (intent.ratePerHour ?? 0) as MicroUsd,
    isNewAct: true,
  };
  const { refusal, warnings } = await judge(change, intent, demand);
  if (refusal) return deny(change, intent, refusal);
  const id = createId('reservation', { clock, random });
  const { reservation } = await insertReservation(trx, { id, intent, nowMs });
  tell(change, reservation.id, { status: 'reserved', intent, spent: 0, warnings });
  return { kind: 'reserved', reservation, warnings };
}

export async function raiseIn(
  change: Change,
  reservationId: string,
  worstCost: MicroUsd,
): Promise<ReserveResult> {
  const { trx } = change;
  assertAmount(worstCost, `The worst cost of ${reservationId}`);
  const before = await findById(trx, reservationId);
  if (!before) throw new UnknownReservationError(reservationId);
  const { reservation, status, spent, endedAtMs = 0 } = before;
  if (status !== 'open') {
    throw new ReservationEndedError(reservationId, { status, spent, endedAtMs }, 'raised');
  }
  const intent = { ...reservation.intent, worstCost };
  if (worstCost <= reservation.intent.worstCost) return { kind: 'reserved', reservation, warnings: [] };
  const halt = await readHalt(trx);
  if (halt.kind === 'halted') return deny(change, intent, haltDenial(halt), reservationId);
  // What has been spent beyond the reservation is in the sums already.
  const extra = (worstCost - Math.max(reservation.intent.worstCost, spent)) as MicroUsd;
  const demand = { kind: intent.kind, extra, ratePerHour: 0 as MicroUsd, isNewAct: false };
  const { refusal, warnings }: Verdict = extra > 0 ? await judge(change, intent, demand) : { warnings: [] };
  if (refusal) return deny(change, intent, refusal, reservationId);
  await updateReservation(trx, before, { worstCost });
  tell(change, reservationId, { status: 'raised', intent, spent, warnings });
  return { kind: 'reserved', reservation: { ...reservation, intent }, warnings };
}

function tell(
  change: Change,
  id: string,
  {
    status,
    intent,
    spent,
    warnings,
  }: {
    readonly status: 'reserved' | 'raised';
    readonly intent: Intent;
    readonly spent: number;
    readonly warnings: readonly string[];
  },
): void {
  change.touched.push(intent.scopes);
  change.events.push({
    noun: 'ledger',
    id,
    status,
    reason: `${intent.kind} may cost up to ${exactUsd(intent.worstCost)}`,
    data: { ...intent, spent, ...(warnings.length > 0 ? { warnings } : {}) },
  });
}

interface Verdict {
  readonly refusal?: Refusal;
  readonly warnings: readonly string[];
}

/** The first refusal by an enforced rule, and the sentences of those that only warn. Unreadable rules refuse. */
async function judge(change: Change, { scopes }: Intent, demand: Demand): Promise<Verdict> {
  const { trx, nowMs } = change;
  const warnings: string[] = [];
  try {
    for (const cap of await readCaps(trx)) {
      if (!appliesTo(cap, scopes)) continue;
      const refusal = judgeCap(demand, cap, await capFigures(trx, { cap, ...change }));
      if (refusal) return { refusal, warnings };
    }
    for (const limit of await readLimits(trx)) {
      if (!appliesTo(limit.of, scopes)) continue;
      const refusal = judgeLimit(demand, limit, await limitFigures(trx, { limit, nowMs }), nowMs);
      if (refusal && limit.enforce) return { refusal, warnings };
      if (refusal) warnings.push(refusal.reason);
    }
  } catch (error) {
    if (!(error instanceof UnreadableLimitError)) throw error;
    return { refusal: { limit: error.limit, reason: error.message }, warnings };
  }
  return { warnings };
}

function answerAgain(
  change: Change,
  intent: Intent,
  known: StoredReservation,
): Promise<ReserveResult> | ReserveResult {
  const { reservation, status, endedAtMs = 0 } = known;
  const isSame =
    reservation.intent.kind === intent.kind &&
    scopesText(reservation.intent.scopes) === scopesText(intent.scopes) &&
    // A raised reservation covers its first proposal.
    reservation.intent.worstCost >= intent.worstCost;
  if (!isSame) {
    throw new IntentChangedError(intent.key, { was: describe(reservation.intent), is: describe(intent) });
  }
  if (status === 'open') return { kind: 'reserved', reservation, warnings: [] };
  return deny(change, intent, {
    limit: 'key',
    reason: `This ${intent.kind} has ended already (${reservation.id} was ${status} with ${exactUsd(known.spent)} at ${formatIso(endedAtMs)}); a new act needs a new key`,
  });
}

function describe({ kind, worstCost, scopes }: Intent): string {
  return `${kind} of up to ${exactUsd(worstCost)} ${scopesText(scopes)}`;
}

/** A controller asks again and again: the same denial is told once. */
async function deny(
  { trx, events, lines }: Change,
  intent: Intent,
  { limit, reason }: Refusal,
  id: string = intent.key,
): Promise<ReserveResult> {
  const last = await trx
    .selectFrom('events')
    .select(['status', 'reason'])
    .where('noun', '=', 'ledger')
    .where('id', '=', id)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (last?.status !== 'denied' || last.reason !== reason) {
    events.push({ noun: 'ledger', id, status: 'denied', reason, data: { limit, ...intent } });
    lines.push({ message: 'spending denied', fields: { limit, reason, key: intent.key } });
  }
  return { kind: 'denied', limit, reason };
}
