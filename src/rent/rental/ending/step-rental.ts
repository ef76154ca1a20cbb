// One step of a rental that is to end: its instance destroyed and seen gone, or the proof that there never was one.
import { type MicroUsd, microUsd } from '../../../base/std/index.ts';
import type { Instance } from '../../../net/vast/index.ts';
import type { AccountView } from '../account-view.ts';
import { freeMachine, type Rental, RentalChangedError, reckonedCost } from '../records/index.ts';
import type { EndingContext } from './context.ts';
import { type SaveEnd, stepEnd } from './end-instance.ts';
import { openEnd } from './instance-ends.ts';
import { labelCore } from './orphans.ts';

export interface EndingStep {
  readonly rental: Rental;
  /** When to look again; undefined when nothing of the instance is left to be done. */
  readonly nextAtMs: number | undefined;
}

/** Level-triggered; of a rental in another status than `ending` it does nothing. */
export async function stepRental(
  context: EndingContext,
  rental: Rental,
  view: AccountView<Instance> | undefined,
): Promise<EndingStep> {
  if (rental.status !== 'ending') return { rental, nextAtMs: undefined };
  try {
    if (rental.instanceId === undefined) return await findInstance(context, rental, view);
    const row = await openEnd(context, {
      instanceId: rental.instanceId,
      rentalId: rental.id,
      why: rental.reason,
      ratePerHour: rateOf(rental),
    });
    let current = rental;
    const save: SaveEnd = async (next, told, write) => {
      const goneAtMs = next.gone_at;
      current = await context.records.change(
        current,
        {
          status: told.status,
          reason: told.reason,
          ...(next.accepted_at !== null && { destroyAskedAtMs: next.accepted_at }),
          destroyAttempts: next.attempts,
          ...(goneAtMs !== null && {
            goneAtMs,
            receipt: {
              charged: undefined,
              // The service bills to the destroy, not to the listing that shows it.
              reckonedUsd: reckonedCost(rental, next.accepted_at ?? goneAtMs) / 1e6,
              seenGoneAtMs: goneAtMs,
              generations: told.generations ?? [],
            },
          }),
        },
        { instanceId: next.instance_id, attempts: next.attempts },
        async (trx) => {
          await write(trx);
          if (goneAtMs !== null) await freeMachine(trx, rental.id);
        },
      );
    };
    const { nextAtMs } = await stepEnd(context, row, { view, save });
    return { rental: current, nextAtMs };
  } catch (error) {
    // Overtaken: whoever did it has moved on; what is to be done is decided anew.
    if (!(error instanceof RentalChangedError)) throw error;
    const latest = (await context.records.get(rental.id)) ?? rental;
    return { rental: latest, nextAtMs: context.clock.now() };
  }
}

/** Of a rental that ends while its create is in doubt. */
async function findInstance(
  context: EndingContext,
  rental: Rental,
  view: AccountView<Instance> | undefined,
): Promise<EndingStep> {
  const { records, watcher, clock, policy, ledger } = context;
  const nowMs = clock.now();
  const attempts = await records.attempts(rental.id);
  for (const { attempt, label } of attempts) {
    const listed = view?.instances.find((instance) => labelCore(instance.label) === label);
    const found = listed ?? (await watcher.seenWithLabel(label));
    // An older attempt's is an orphan, and ended as one.
    if (found && attempt === rental.attempt) {
      const reason = `found by its label: instance ${found.id}`;
      const next = await records.change(rental, { instanceId: found.id, reason }, { label });
      return { rental: next, nextAtMs: nowMs };
    }
  }
  const sentAtMs = Math.max(0, ...attempts.map((attempt) => attempt.sentAtMs ?? 0));
  if (sentAtMs > 0) {
    const surelyAtMs = sentAtMs + policy.doubtMs;
    const [first, second] = (await watcher.completeSince(surelyAtMs)).slice(-2);
    if (!first || !second) return { rental, nextAtMs: Math.max(surelyAtMs, nowMs + policy.confirmEveryMs) };
  }
  if (rental.reservationId !== undefined) await ledger.release(rental.reservationId);
  const reason =
    sentAtMs > 0 ? 'no listing ever held it: the create never happened' : 'nothing was ever sent';
  const next = await records.change(rental, { status: 'void', reason }, {}, (trx) =>
    freeMachine(trx, rental.id),
  );
  return { rental: next, nextAtMs: undefined };
}

function rateOf({ terms }: Rental): MicroUsd {
  return microUsd(terms?.pricePerHour ?? 0);
}
