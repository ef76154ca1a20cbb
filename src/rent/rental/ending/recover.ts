// After lost state: instances that carry our label while no rental is known get one again, from what the service tells.
import { HOUR_MS, type MicroUsd, microUsd } from '../../../base/std/index.ts';
import type { Instance } from '../../../net/vast/index.ts';
import type { AccountView } from '../account-view.ts';
import { factsOf, launchOf, newRental, type Rental, type RentalStatus, readLabel } from '../records/index.ts';
import { statusOf } from '../watcher/index.ts';
import type { EndingContext } from './context.ts';
import { labelCore } from './orphans.ts';
import type { EndingTables } from './tables.ts';

export interface RecoverRow {
  readonly instanceId: number;
  readonly label: string;
  /** `other-install`: ours in form, made by an install whose secret we have not; never touched. */
  readonly kind: 'lost' | 'other-install';
  readonly usdPerHour: number | null;
  /** The rental that it would have, or has now; undefined for another install's. */
  readonly rental: Rental | undefined;
  /** `found`: only told. `recovered`: under care. `known`: another process was first. */
  readonly state: 'found' | 'recovered' | 'known' | 'untouched';
  /** Why no money could be set aside for it; empty when it was. */
  readonly denied: string;
}

export interface RecoverReport {
  readonly isKnown: boolean;
  readonly reason: string;
  readonly rows: readonly RecoverRow[];
}

export interface RecoverOptions {
  /** Default false: only told. */
  readonly apply?: boolean;
  readonly view?: AccountView<Instance>;
}

const VIEW_FRESH_MS = 60_000;

export async function recover(
  context: EndingContext,
  { apply = false, view: given }: RecoverOptions = {},
): Promise<RecoverReport> {
  const { watcher, clock, install, records } = context;
  const view = given ?? (await watcher.refresh({ startedAfterMs: clock.now() - VIEW_FRESH_MS }));
  if (!view.complete) {
    return {
      isKnown: false,
      reason: `what the account has is unknown (${view.reason}): try again`,
      rows: [],
    };
  }
  const rows: RecoverRow[] = [];
  for (const instance of view.instances) {
    const ownership = readLabel(install, instance.label);
    const base = {
      instanceId: instance.id,
      label: instance.label ?? '',
      usdPerHour: instance.pricePerHour,
      denied: '',
    };
    if (ownership.kind === 'other-install') {
      rows.push({ ...base, kind: 'other-install', rental: undefined, state: 'untouched' });
    }
    if (ownership.kind !== 'ours' || (await records.get(ownership.facts.rentalId))) continue;
    const rental = rentalFrom(context, instance, ownership.facts.rentalId);
    if (apply)
      rows.push({ ...base, kind: 'lost', ...(await insert(context, rental, labelCore(instance.label))) });
    else rows.push({ ...base, kind: 'lost', rental, state: 'found' });
  }
  return { isKnown: true, reason: '', rows };
}

async function insert(
  context: EndingContext,
  rental: Rental,
  label: string,
): Promise<Pick<RecoverRow, 'rental' | 'state' | 'denied'>> {
  const { records, store, ledger } = context;
  const reserved = await ledger.reserve({
    key: `recover ${rental.id}`,
    kind: 'recover',
    worstCost: worstCost(rental, context),
    ratePerHour: microUsd(rental.terms?.pricePerHour ?? 0),
    scopes: { account: rental.account, rental: rental.id, gpu: rental.terms?.gpuName ?? '' },
  });
  // It runs and costs already: without a budget it is cared for all the same, and said so.
  const denied = reserved.kind === 'denied' ? reserved.reason : '';
  const next: Rental = {
    ...rental,
    reservationId: reserved.kind === 'reserved' ? reserved.reservation.id : undefined,
    reason: denied === '' ? rental.reason : `${rental.reason}; no money is set aside for it: ${denied}`,
  };
  try {
    await records.insert(next, { instanceId: next.instanceId, label });
  } catch (error) {
    const known = await records.get(rental.id);
    if (!known) throw error;
    return { rental: known, state: 'known', denied: '' };
  }
  await store.transaction(async (trx) => {
    await trx
      .$extendTables<EndingTables>()
      .insertInto('rental_attempts')
      .values({
        rental_id: next.id,
        attempt: next.attempt,
        label,
        offer_id: 0,
        machine_id: next.machineId ?? 0,
        sent_at: next.createdAtMs,
        outcome: 'recovered',
        instance_id: next.instanceId ?? null,
      })
      .onConflict((conflict) => conflict.column('label').doNothing())
      .execute();
  });
  return { rental: next, state: 'recovered', denied };
}

function worstCost({ terms }: Rental, { policy }: EndingContext): MicroUsd {
  const { pricePerHour = 0, diskPricePerHour = 0 } = terms ?? {};
  return microUsd(
    (pricePerHour * policy.recoveredLeaseMs + diskPricePerHour * policy.storageTailMs) / HOUR_MS,
  );
}

function rentalFrom(
  { account, install, clock, policy }: EndingContext,
  instance: Instance,
  rentalId: string,
): Rental {
  const nowMs = Math.trunc(clock.now());
  const seen = statusOf(instance);
  const status: RentalStatus =
    seen === 'running' ? 'ready' : seen === 'creating' || seen === 'loading' ? 'booting' : 'stopped';
  const startedAtMs = Math.trunc(instance.startedAtMs ?? nowMs);
  return newRental(nowMs, {
    ...factsOf(instance),
    id: rentalId,
    install: install.id,
    account,
    need: `recovered ${rentalId}`,
    name: instance.label?.slice(labelCore(instance.label).length + 1) || `recovered-${instance.id}`,
    status,
    reason: `found again by its label; it is ${seen}`,
    launch: launchOf(instance),
    createdAtMs: startedAtMs,
    bootingAtMs: startedAtMs,
    readyAtMs: status === 'ready' ? nowMs : undefined,
    runningSinceMs: status === 'ready' ? nowMs : undefined,
    prepaidUntilMs: nowMs + policy.recoveredLeaseMs,
  });
}
