// Writes down what became of a create: the instance, the refusal with the money given back, or the doubt.
import type { Ledger } from '../../../base/ledger/index.ts';
import type { Clock } from '../../../base/std/index.ts';
import type { StoreTransaction } from '../../../base/store/index.ts';
import {
  type Attempt,
  freeMachine,
  type Rental,
  type RentalRecords,
  type RentalTables,
} from '../records/index.ts';
import type { CreateOutcome } from './create-once.ts';

export interface SettleAttempt {
  readonly records: RentalRecords;
  readonly ledger: Pick<Ledger, 'release'>;
  readonly clock: Clock;
  readonly rental: Rental;
  readonly attempt: Attempt;
  readonly outcome: CreateOutcome;
}

/** The rental as it is then: `booting`, `intended` again, `void`, or still `creating` while nobody knows. */
export async function settleAttempt(settle: SettleAttempt): Promise<Rental> {
  const { records, ledger, clock, rental, attempt, outcome } = settle;
  const nowMs = Math.trunc(clock.now());
  switch (outcome.kind) {
    case 'created':
      return await records.change(
        rental,
        {
          status: 'booting',
          reason: `instance ${outcome.instanceId} was created`,
          instanceId: outcome.instanceId,
          bootingAtMs: nowMs,
        },
        { instanceId: outcome.instanceId, label: attempt.label },
        (trx) => note(trx, attempt, 'created', outcome.instanceId),
      );
    case 'refused':
    case 'hopeless': {
      const reason = outcome.kind === 'refused' ? outcome.reason : outcome.error.message;
      if (rental.reservationId !== undefined) await ledger.release(rental.reservationId);
      return await records.change(
        rental,
        {
          status: outcome.kind === 'refused' ? 'intended' : 'void',
          reason,
          reservationId: null,
          machineId: null,
          hostId: null,
        },
        { offerId: attempt.offerId },
        async (trx) => {
          await note(trx, attempt, outcome.kind, null);
          await freeMachine(trx, rental.id);
        },
      );
    }
    case 'in-doubt':
      return await records.change(
        rental,
        { reason: `in doubt: ${outcome.reason}` },
        { label: attempt.label },
      );
  }
}

async function note(
  trx: StoreTransaction,
  attempt: Attempt,
  outcome: string,
  instanceId: number | null,
): Promise<void> {
  await trx
    .$extendTables<RentalTables>()
    .updateTable('rental_attempts')
    .set({ outcome, instance_id: instanceId })
    .where('rental_id', '=', attempt.rentalId)
    .where('attempt', '=', attempt.attempt)
    .execute();
}
