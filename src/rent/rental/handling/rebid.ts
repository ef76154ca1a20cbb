// Another bid for an interruptible instance. A higher one can cost more until the end of the lease: that money is set
// aside before the bid is made.
import { HOUR_MS, type MicroUsd, microUsd } from '../../../base/std/index.ts';
import type { Instance } from '../../../net/vast/index.ts';
import type { Rental } from '../records/index.ts';
import { CannotHandleError, type HandlingContext } from './context.ts';

/** Others bid too: a bid at the very least that wins is outbid by the next. */
const WINNING_MARGIN = 1.02;
/** Longest that a destroy is reckoned to take, as in the reservation of a rental. */
const DESTROY_LATENCY_MS = 15 * 60_000;

export interface Rebid {
  readonly fromPerHour: number | null;
  readonly toPerHour: number;
  /** What has to be set aside beside what is; 0 for a lower bid, and for what no lease covers. */
  readonly extra: MicroUsd;
}

/** `win`: a little more than the least that wins now. Throws CannotHandleError. */
export function planRebid(
  {
    instance,
    rental,
    nowMs,
  }: { readonly instance: Instance; readonly rental: Rental | undefined; readonly nowMs: number },
  price: number | 'win',
): Rebid {
  const { id, isInterruptible, gpuPricePerHour, minBidPerHour } = instance;
  if (isInterruptible !== true) {
    throw new CannotHandleError(
      `Instance ${id} is not interruptible: its price is fixed, and nothing is bid for it`,
    );
  }
  if (price === 'win' && minBidPerHour === null) {
    throw new CannotHandleError(
      `The service does not say what bid wins instance ${id} now; name a price in its place: vd bid ${id} 0.25`,
    );
  }
  const toPerHour = price === 'win' ? roundUp((minBidPerHour ?? 0) * WINNING_MARGIN) : price;
  const fromPerHour = gpuPricePerHour ?? rental?.terms?.bidPerHour ?? null;
  const leftMs = rental ? Math.max(0, rental.prepaidUntilMs - nowMs) + DESTROY_LATENCY_MS : 0;
  const extra = microUsd(Math.max(0, toPerHour - (fromPerHour ?? 0)) * (leftMs / HOUR_MS));
  return { fromPerHour, toPerHour, extra };
}

/** Sets the money aside, bids, writes it down. Throws DeniedError by way of `denied`. */
export async function rebid(
  { client, ledger, records }: Pick<HandlingContext, 'client' | 'ledger' | 'records'>,
  {
    instance,
    rental,
    plan,
  }: { readonly instance: Instance; readonly rental: Rental | undefined; readonly plan: Rebid },
): Promise<
  { readonly kind: 'done' } | { readonly kind: 'denied'; readonly limit: string; readonly reason: string }
> {
  if (plan.extra > 0 && rental?.reservationId !== undefined) {
    const open = await ledger.listOpenReservations();
    const present = open.find(({ reservation }) => reservation.id === rental.reservationId);
    if (!present) throw new CannotHandleError(`The money of ${rental.name || rental.id} is settled already`);
    const worst = (present.reservation.intent.worstCost + plan.extra) as MicroUsd;
    const raised = await ledger.raise(rental.reservationId, worst);
    if (raised.kind === 'denied') return raised;
  }
  await client.instances.changeBid(instance.id, plan.toPerHour);
  if (rental?.terms) {
    const { terms } = rental;
    await records.change(
      rental,
      {
        terms: {
          ...terms,
          bidPerHour: plan.toPerHour,
          pricePerHour: plan.toPerHour + terms.diskPricePerHour,
        },
      },
      { reason: `the bid is ${plan.toPerHour} $/h, and was ${plan.fromPerHour ?? 'unknown'}` },
    );
  }
  return { kind: 'done' };
}

/** To a hundredth of a cent, up. */
function roundUp(dollars: number): number {
  return Math.ceil(dollars * 10_000 - 1e-9) / 10_000;
}
