// Renting as a transaction: the intent and the money are durable before the one create is sent, and whatever comes
// back, the record says what may exist. A crash between any two lines leaves a rental that `resolve-doubt.ts` ends.

import { DeniedError, type Ledger } from '../../../base/ledger/index.ts';
import { type Clock, createId, type Log, type MicroUsd, type Random } from '../../../base/std/index.ts';
import type { Store } from '../../../base/store/index.ts';
import {
  type CreateInstance,
  type Instance,
  UnauthorizedError,
  type VastClient,
} from '../../../net/vast/index.ts';
import {
  type Attempt,
  freeMachine,
  type Install,
  type Launch,
  makeLabel,
  makeNonce,
  newRental,
  type Rental,
  RentalChangedError,
  type RentalKind,
  type RentalRecords,
  type RentalTables,
  type Terms,
} from '../records/index.ts';
import type { AccountWatcher } from '../watcher/index.ts';
import { createOnce } from './create-once.ts';
import { AccountUnknownError, NoCapacityError, RentError, RentInDoubtError } from './errors.ts';
import { claimMachine } from './machine-claims.ts';
import { settleAttempt } from './settle-attempt.ts';

/** An offer that will do, with what it is to cost and the figures that it was chosen by. */
export interface Candidate {
  readonly terms: Terms;
  readonly machineId: number;
  readonly hostId: number | null;
  /** The most that it can cost until the end of the lease; what the ledger sets aside. */
  readonly worstCost: MicroUsd;
  /** For `why`: the estimate, and what the runners-up lost by. */
  readonly figures: Readonly<Record<string, unknown>>;
}

export interface RentRequest {
  readonly kind: RentalKind;
  /** At most one rental that is not over has it. */
  readonly need: string;
  readonly name: string;
  readonly launch: Launch;
  readonly leaseMs: number;
  /** Best first. Asked once, at the start. */
  readonly candidates: (signal?: AbortSignal) => Promise<readonly Candidate[]>;
  /** Looked at again right before the create when the list is old; undefined when the offer has gone. */
  readonly revalidate?: (candidate: Candidate, signal?: AbortSignal) => Promise<Candidate | undefined>;
  /** Words for the create that may hold secrets and are kept nowhere. */
  readonly secrets?: Pick<CreateInstance, 'imageLogin'>;
}

export interface RenterOptions {
  readonly account: string;
  readonly install: Install;
  readonly client: Pick<VastClient, 'instances'>;
  readonly watcher: Pick<AccountWatcher, 'refresh'>;
  readonly records: RentalRecords;
  readonly ledger: Pick<Ledger, 'reserve' | 'release' | 'assertNotHalted'>;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** What is put before the launch's own onstart: keys, and the switch that stops it at its end. */
  readonly onstartOf: (rental: Rental) => string;
}

export interface Renter {
  /**
   * The rental of this need: a new one once its instance exists, or the one that is there already. Throws
   * DeniedError, AccountUnknownError, NoCapacityError, RentInDoubtError, RentError.
   */
  rent(request: RentRequest, signal?: AbortSignal): Promise<Rental>;
}

/** The market changes by the second, and a good offer is gone in a minute. */
const CANDIDATES_FRESH_MS = 30_000;
const MOST_OFFERS_TRIED = 25;
/** A view this old still says what the account has; each create looks again only when it is in doubt. */
const VIEW_FRESH_MS = 60_000;

export function createRenter(options: RenterOptions): Renter {
  const { account, install, client, watcher, records, ledger, store, clock, random, log } = options;
  const dice = random.fork('renter');

  const begin = async (request: RentRequest): Promise<Rental> => {
    const nowMs = Math.trunc(clock.now());
    const rental = newRental(nowMs, {
      id: createId('rental', { clock, random: dice }),
      install: install.id,
      account,
      kind: request.kind,
      need: request.need,
      name: request.name,
      status: 'intended',
      reason: 'looking for an offer',
      launch: request.launch,
      prepaidUntilMs: nowMs + request.leaseMs,
    });
    await records.insert(rental, { need: request.need, kind: request.kind });
    return rental;
  };

  /** One candidate, to a booting rental or back to an intended one. */
  const tryOne = async (rental: Rental, candidate: Candidate, request: RentRequest): Promise<Rental> => {
    const attempt = rental.attempt + 1;
    const label = makeLabel(install, { rentalId: rental.id, nonce: makeNonce(dice) });
    const { terms, machineId, hostId } = candidate;
    const reserved = await ledger.reserve({
      key: reservationKey(rental.id, attempt),
      kind: 'rent',
      worstCost: candidate.worstCost,
      ratePerHour: Math.ceil(terms.pricePerHour * 1e6) as MicroUsd,
      scopes: scopesOf(rental, terms, machineId),
    });
    if (reserved.kind === 'denied') throw new DeniedError(reserved);
    const sentAtMs = Math.trunc(clock.now());
    const sent = await records.change(
      rental,
      {
        status: 'creating',
        reason: `asked for offer ${terms.offerId} on machine ${machineId}`,
        attempt,
        terms,
        machineId,
        hostId,
        reservationId: reserved.reservation.id,
        prepaidUntilMs: sentAtMs + request.leaseMs,
      },
      { ...candidate.figures, label, offerId: terms.offerId, machineId },
      async (trx) => {
        await trx
          .$extendTables<RentalTables>()
          .insertInto('rental_attempts')
          .values({
            rental_id: rental.id,
            attempt,
            label,
            offer_id: terms.offerId,
            machine_id: machineId,
            sent_at: sentAtMs,
            outcome: null,
            instance_id: null,
          })
          .execute();
      },
    );
    const outcome = await createOnce(client, terms.offerId, createRequest(sent, label, request), () =>
      assertStillWanted(sent),
    );
    const made: Attempt = {
      rentalId: rental.id,
      attempt,
      label,
      offerId: terms.offerId,
      machineId,
      sentAtMs,
      outcome: undefined,
      instanceId: undefined,
    };
    const settled = await settleAttempt({ records, ledger, rental: sent, attempt: made, outcome, clock });
    if (outcome.kind === 'hopeless') throw hopeless(outcome.error, settled);
    return settled;
  };

  /** Its turn may have taken long to come: a halt since then holds, a listing that cannot be believed, another's hand. */
  const assertStillWanted = (rental: Rental): Promise<void> =>
    store.transaction(async (trx) => {
      await ledger.assertNotHalted(trx);
      const row = await trx
        .$extendTables<RentalTables>()
        .selectFrom('rentals')
        .select('version')
        .where('id', '=', rental.id)
        .executeTakeFirst();
      if (row?.version !== rental.version) throw new RentalChangedError(rental.id, rental.version);
      const last = await trx
        .$extendTables<RentalTables>()
        .selectFrom('account_generations')
        .select(['complete', 'reason'])
        .where('account', '=', account)
        .where('ended_at', '>', 0)
        .orderBy('generation', 'desc')
        .limit(1)
        .executeTakeFirst();
      if (last?.complete !== 1) throw unknownAccount(last?.reason ?? 'nobody has listed it');
    });

  const createRequest = (rental: Rental, label: string, request: RentRequest): CreateInstance => {
    const { launch, terms } = rental;
    const onstart = [options.onstartOf(rental), launch.onstart ?? '']
      .filter((part) => part !== '')
      .join('\n');
    return {
      ...(launch.image !== undefined && { image: launch.image }),
      ...(launch.templateHash !== undefined && { templateHashId: launch.templateHash }),
      label,
      diskGb: launch.diskGb,
      runtype: launch.withJupyter ? 'jupyter' : 'ssh',
      env: launch.env,
      ports: launch.ports.map(portOf),
      onstart,
      ...(terms?.bidPerHour != null && { bidPerHour: terms.bidPerHour }),
      ...request.secrets,
    };
  };

  const live = async (need: string) => (await records.list({ account, need, isLive: true }))[0];

  return {
    async rent(request, signal) {
      const present = await live(request.need);
      if (present) return present;
      await assertKnown(watcher, clock, signal);
      const rental = await begin(request).catch(async (error: unknown) => {
        // Another process began the same need at the same moment, and the index let one of us in.
        if (!(await live(request.need))) throw error;
      });
      if (!rental) return await this.rent(request, signal);
      let current = rental;
      try {
        const candidates = await request.candidates(signal);
        const foundAtMs = clock.monotonic();
        const excluded = new Set<number>();
        for (const listed of candidates) {
          if (current.attempt >= MOST_OFFERS_TRIED) break;
          signal?.throwIfAborted();
          if (excluded.has(listed.machineId)) continue;
          if (!(await claimMachine(store, listed.machineId, rental.id))) continue;
          const isFresh = clock.monotonic() - foundAtMs < CANDIDATES_FRESH_MS;
          const candidate =
            isFresh || !request.revalidate ? listed : await request.revalidate(listed, signal);
          if (!candidate) continue;
          current = await tryOne(current, candidate, request);
          if (current.status !== 'intended') break;
          log.info('an offer was refused', { rental: rental.id, reason: current.reason });
          excluded.add(listed.machineId);
        }
        if (current.status === 'creating') {
          throw new RentInDoubtError(
            `The create for ${rental.id} was sent and no answer came: it is looked for by its label before anything else is rented; "vd why ${rental.id}" follows it`,
            { rentalId: rental.id },
          );
        }
        if (current.status === 'intended') {
          throw new NoCapacityError(
            `No available instances found matching criteria: ${
              current.attempt === 0 ? `none of ${candidates.length} offers could be claimed` : current.reason
            } (${current.attempt} offers tried of ${candidates.length})`,
            { rentalId: rental.id },
          );
        }
        return current;
      } catch (error) {
        await giveUp(rental.id, error);
        throw error;
      }
    },
  };

  /** An intent that nothing came of is void at once; one whose create may have arrived stays. */
  async function giveUp(rentalId: string, error: unknown): Promise<void> {
    const rental = await records.get(rentalId);
    if (rental?.status !== 'intended') return;
    const reason = error instanceof Error ? error.message : String(error);
    await records.change(rental, { status: 'void', reason }, {}, (trx) => freeMachine(trx, rentalId));
  }
}

async function assertKnown(
  watcher: Pick<AccountWatcher, 'refresh'>,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<readonly Instance[]> {
  const view = await watcher.refresh({ startedAfterMs: clock.now() - VIEW_FRESH_MS, signal });
  if (view.complete) return view.instances;
  throw unknownAccount(view.reason);
}

function unknownAccount(reason: string): AccountUnknownError {
  return new AccountUnknownError(
    `What the account has is unknown (${reason}), so nothing is rented; try again in a minute, or see "vd ps"`,
  );
}

export function reservationKey(rentalId: string, attempt: number): string {
  return `rent ${rentalId} ${attempt}`;
}

function scopesOf(rental: Rental, terms: Terms, machineId: number): Readonly<Record<string, string>> {
  return {
    ...rental.launch.scopes,
    account: rental.account,
    rental: rental.id,
    gpu: terms.gpuName,
    host: String(machineId),
  };
}

function hopeless(error: Error, rental: Rental): Error {
  const isSaid = [UnauthorizedError, DeniedError, AccountUnknownError].some((said) => error instanceof said);
  if (isSaid) return error;
  return new RentError(`${rental.name} was not rented: ${error.message}`, { rentalId: rental.id }, error);
}

function portOf(text: string): { readonly port: number; readonly protocol: 'tcp' | 'udp' } {
  const [port, protocol] = text.split('/');
  return { port: Number(port), protocol: protocol === 'udp' ? 'udp' : 'tcp' };
}
