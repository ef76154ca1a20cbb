// A foreign instance under our care: a budget, an end, an idle rule, and the same proofs as for what we rented. Each
// step may be repeated: whoever was interrupted asks for it again, and what is there already stays.
import { DeniedError } from '../../../base/ledger/index.ts';
import { createId, HOUR_MS, microUsd } from '../../../base/std/index.ts';
import type { Instance } from '../../../net/vast/index.ts';
import {
  factsOf,
  launchOf,
  makeLabel,
  makeNonce,
  newRental,
  type Rental,
  type RentalTables,
  readLabel,
} from '../records/index.ts';
import { CannotHandleError, type HandlingContext } from './context.ts';
import { installSwitch } from './install-switch.ts';
import type { AdoptPlan } from './plan-adoption.ts';

/** After its work has ended it waits so long for somebody to collect what it made. */
export const ADOPTED_GRACE_MS = HOUR_MS;

export interface AdoptOptions {
  readonly instance: Instance;
  readonly plan: AdoptPlan;
  readonly idleMs: number | undefined;
  readonly sshPublicKey: string;
  readonly signal?: AbortSignal | undefined;
  readonly onStep: (sentence: string) => void;
}

/**
 * Enters it first, which changes nothing but its keys. Then money, record, label, switch: killed after the record, it is
 * ended by the controller all the same. Throws DeniedError, CannotHandleError, and the errors of service and connection.
 */
export async function adopt(context: HandlingContext, options: AdoptOptions): Promise<Rental> {
  const { client, install, records, ender } = context;
  const { instance, signal, onStep, sshPublicKey } = options;
  const ownership = readLabel(install, instance.label);
  if (ownership.kind === 'other-install' || ownership.kind === 'forged') {
    throw new CannotHandleError(
      `Instance ${instance.id} has the label of another install of vastdeck, which cares for it; adopt it there, or give it a plain label first`,
    );
  }
  onStep('attaching our key');
  await client.instances.sshKeys.attach(instance.id, sshPublicKey, { signal });
  onStep('entering it');
  await using shell = await enterSoon(context, instance, signal);
  const rental = await recordOf(context, options);
  const label = await labelOf(context, rental);
  if (instance.label !== `${label} ${rental.name}`) {
    onStep('labelling it');
    await client.instances.label(instance.id, `${label} ${rental.name}`);
  }
  onStep('installing the switch that stops it at its end');
  await installSwitch(shell, {
    prepaidUntilMs: rental.prepaidUntilMs,
    graceMs: ADOPTED_GRACE_MS,
    baseUrl: client.baseUrl,
    idleMs: options.idleMs,
  });
  await ender.scheduleBackstop(rental);
  return (await records.get(rental.id)) ?? rental;
}

const KEY_PATIENCE_MS = 60_000;
const BETWEEN_TRIES_MS = 3_000;

/** A key that was attached just now takes a while to arrive. */
async function enterSoon(
  { connect, clock }: HandlingContext,
  instance: Instance,
  signal: AbortSignal | undefined,
) {
  const untilMs = clock.monotonic() + KEY_PATIENCE_MS;
  for (;;) {
    try {
      return await connect(instance, { ...(signal && { signal }) });
    } catch (error) {
      const isEarly = error instanceof Error && error.name === 'AuthRefusedError';
      if (!isEarly || clock.monotonic() > untilMs) throw error;
      await clock.sleep(BETWEEN_TRIES_MS, signal);
    }
  }
}

/**
 * The rental of it, with its money set aside. The record comes first: a reservation that no record names would be held
 * for ever. Without the money it is void, and the instance is nobody's again.
 */
async function recordOf(context: HandlingContext, options: AdoptOptions): Promise<Rental> {
  const { account, records, ledger } = context;
  const { instance, plan } = options;
  const present = async () => (await records.list({ account, instanceId: instance.id, isLive: true }))[0];
  let rental = await present();
  if (!rental) {
    const made = rentalOf(context, options);
    try {
      await records.insert(made, {
        instanceId: instance.id,
        foreignLabel: instance.label,
        budget: plan.budget,
      });
      rental = made;
    } catch (error) {
      // Another process adopted it at the same moment.
      rental = await present();
      if (!rental) throw error;
    }
  }
  if (rental.reservationId !== undefined) return rental;
  const reserved = await ledger.reserve({
    key: `adopt ${rental.id}`,
    kind: 'adopt',
    worstCost: plan.budget,
    ratePerHour: microUsd(plan.pricePerHour),
    scopes: {
      account,
      rental: rental.id,
      gpu: rental.terms?.gpuName ?? '',
      host: String(instance.machineId),
    },
  });
  if (reserved.kind === 'denied') {
    await records.change(rental, { status: 'void', reason: reserved.reason, instanceId: null });
    throw new DeniedError(reserved);
  }
  return await records.change(rental, { reservationId: reserved.reservation.id });
}

function rentalOf(
  { account, install, clock, random }: HandlingContext,
  { instance, plan, idleMs, sshPublicKey }: AdoptOptions,
): Rental {
  const nowMs = Math.trunc(clock.now());
  return newRental(nowMs, {
    ...factsOf(instance),
    id: createId('rental', { clock, random: random.fork('adopt') }),
    install: install.id,
    account,
    need: `adopted ${instance.id}`,
    name: plan.name,
    status: 'ready',
    reason: 'adopted: it was entered',
    launch: { ...launchOf(instance), sshPublicKey, ...(idleMs !== undefined && { idleMs }) },
    bootingAtMs: nowMs,
    readyAtMs: nowMs,
    runningSinceMs: nowMs,
    prepaidUntilMs: plan.untilMs,
  });
}

/** The one that its attempt has, or a new one, which is written down before it is set. */
async function labelOf(
  { records, install, random, store, clock }: HandlingContext,
  rental: Rental,
): Promise<string> {
  const [known] = await records.attempts(rental.id);
  if (known) return known.label;
  const label = makeLabel(install, { rentalId: rental.id, nonce: makeNonce(random.fork('adopt')) });
  await store.transaction(async (trx) => {
    await trx
      .$extendTables<RentalTables>()
      .insertInto('rental_attempts')
      .values({
        rental_id: rental.id,
        attempt: rental.attempt,
        label,
        offer_id: 0,
        machine_id: rental.machineId ?? 0,
        sent_at: Math.trunc(clock.now()),
        outcome: 'adopted',
        instance_id: rental.instanceId ?? null,
      })
      .execute();
  });
  return label;
}
