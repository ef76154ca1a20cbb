// A lease made longer: first its money, then the end on the instance, then the record. Whatever fails in between leaves
// more money set aside than is needed, and a machine that stops when it was going to.
import { HOUR_MS, type MicroUsd, microUsd } from '../../../base/std/index.ts';
import type { ConnectInstance } from '../booting/index.ts';
import { reservationFor } from '../ranking/index.ts';
import { OVER_STATUSES, type Rental, type Terms } from '../records/index.ts';
import type { EndingContext } from './context.ts';
import { writeUntil } from './until-file.ts';

export type RenewResult =
  | {
      readonly kind: 'renewed';
      readonly rental: Rental;
      /** False for a machine that stands still: it is told when it runs again. */
      readonly isOnInstance: boolean;
    }
  | { readonly kind: 'denied'; readonly limit: string; readonly reason: string }
  /** Ended, or without an instance. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Where the offer does not say what its line carries. */
const FASTEST_LINE_MBIT = 1_000;

/** Throws the errors of the connection and UntilNotWrittenError; RentalChangedError. */
export async function renew(
  context: EndingContext,
  rental: Rental,
  { untilMs, connect }: { readonly untilMs: number; readonly connect: ConnectInstance },
): Promise<RenewResult> {
  const { ledger, records, watcher } = context;
  const { status, terms, instanceId, reservationId } = rental;
  if (OVER_STATUSES.includes(status) || status === 'ending' || instanceId === undefined || !terms) {
    return { kind: 'refused', reason: `${rental.name || rental.id} is ${status} and cannot be renewed` };
  }
  // One that stands still since its end has cost its disk alone, for which money is set aside beyond the end.
  const fromMs =
    status === 'stopped' ? Math.max(rental.prepaidUntilMs, context.clock.now()) : rental.prepaidUntilMs;
  const extraMs = untilMs - fromMs;
  const stoodMs = fromMs - rental.prepaidUntilMs;
  if (extraMs > 0 && reservationId !== undefined) {
    const open = await ledger.listOpenReservations();
    const present = open.find(({ reservation }) => reservation.id === reservationId);
    if (!present) return { kind: 'refused', reason: 'the money of this rental is settled already' };
    const stood = microUsd((terms.diskPricePerHour * stoodMs) / HOUR_MS);
    const worst = (present.reservation.intent.worstCost + extraCost(terms, extraMs) + stood) as MicroUsd;
    const raised = await ledger.raise(reservationId, worst);
    if (raised.kind === 'denied') return raised;
  }
  const isOnInstance = status === 'ready' || status === 'booting';
  if (isOnInstance) {
    const instance = await watcher.lookup(instanceId);
    if (!instance) return { kind: 'refused', reason: `instance ${instanceId} is not there any more` };
    await using shell = await connect(instance);
    await writeUntil(shell, untilMs);
  }
  const reason = `renewed until ${Math.floor(untilMs / 1_000)}`;
  const next = await records.change(
    rental,
    { prepaidUntilMs: Math.trunc(untilMs), ...(rental.graceUntilMs !== undefined && { graceUntilMs: null }) },
    { reason, untilMs },
  );
  return { kind: 'renewed', rental: next, isOnInstance };
}

/** The same terms for so much longer, with a line that is full both ways. */
export function extraCost(terms: Terms, extraMs: number): MicroUsd {
  const line = terms.downloadMbps ?? FASTEST_LINE_MBIT;
  return reservationFor({
    prices: {
      gpuPricePerHour: Math.max(0, terms.pricePerHour - terms.diskPricePerHour),
      diskPricePerHour: terms.diskPricePerHour,
      downloadPricePerGb: terms.downloadPricePerGb,
      uploadPricePerGb: terms.uploadPricePerGb,
    },
    leaseMs: extraMs,
    destroyLatencyMs: 0,
    queuedInstances: 0,
    storageTailMs: 0,
    inetMbit: { down: line, up: line },
  }).total;
}
