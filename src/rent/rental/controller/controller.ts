// The level-triggered controller of rentals: it looks at the account and at the records, and takes for each rental the
// one safe step that is due. It may be killed at any line; whoever starts next goes on.
import type { Ledger } from '../../../base/ledger/index.ts';
import type { Clock, Log } from '../../../base/std/index.ts';
import type { Instance, VastClient } from '../../../net/vast/index.ts';
import type { AccountView } from '../account-view.ts';
import type { Booter, BootStep, ConnectInstance } from '../booting/index.ts';
import { type Ender, writeUntil } from '../ending/index.ts';
import {
  freeMachine,
  OVER_STATUSES,
  type Rental,
  RentalChangedError,
  type RentalRecords,
  reckonedCost,
} from '../records/index.ts';
import { reservationKey, resolveDoubt } from '../renting/index.ts';
import type { AccountWatcher } from '../watcher/index.ts';
import { observe } from './observe.ts';

export interface ControllerOptions {
  readonly account: string;
  readonly client: Pick<VastClient, 'instances'>;
  readonly watcher: AccountWatcher;
  readonly records: RentalRecords;
  readonly ledger: Pick<Ledger, 'release' | 'findReservation' | 'accrueAll'>;
  readonly booter: Booter;
  readonly connect: ConnectInstance;
  readonly ender: Ender;
  readonly clock: Clock;
  readonly log: Log;
  /** Everything is looked at at least this often; default 30,000. */
  readonly roundMs?: number;
  /** Kept before a rental whose boot failed is destroyed; its failures are logged. */
  readonly saveDiagnostics?: (rental: Rental, instance: Instance) => Promise<void>;
  /** Told of every boot that ended, for the memory of hosts. */
  readonly onBoot?: (rental: Rental, end: BootEnd) => Promise<void>;
  /** Called at the end of every round; its failures are logged. */
  readonly afterRound?: (signal?: AbortSignal) => Promise<void>;
}

/** How a boot ended. */
export type BootEnd = Exclude<BootStep, { readonly kind: 'waiting' }>;

export interface StepResult {
  readonly rental: Rental;
  /** When to look again; undefined when nothing is left to do. */
  readonly nextAtMs: number | undefined;
  /** What a boot has come to, for whoever waits for it. */
  readonly boot?: BootStep;
}

export interface RentalController {
  /** One step of one rental; lists the account when the step needs it. */
  step(rental: Rental, options?: StepOptions): Promise<StepResult>;
  /** One listing, and one step of every rental that is not over; resolves to when to look again. */
  round(signal?: AbortSignal): Promise<number>;
  /** Rounds until the signal ends. */
  run(signal: AbortSignal): Promise<void>;
}

export interface StepOptions {
  /** A listing that is fresh enough; default one no older than 30 s. */
  readonly view?: AccountView<Instance>;
  /** Whoever looked for an offer is known to be dead: an intent need not grow old to be void. Default false. */
  readonly isAbandoned?: boolean;
  readonly signal?: AbortSignal;
}

/** A search and 25 refused offers take less: an intent this old belongs to a process that has died. */
const INTENT_STALE_MS = 15 * 60_000;
const VIEW_FRESH_MS = 30_000;
const SHORTEST_ROUND_MS = 1_000;
const AFTER_FAILURE_MS = 15_000;
/** A try to enter a machine takes up to 40 s. */
const STEPS_AT_ONCE = 8;
/** Complete listings without it, while nothing answers to its id. */
const MISSES_BEFORE_ENDING = 2;

export function createRentalController(options: ControllerOptions): RentalController {
  const { account, watcher, records, ledger, booter, ender, clock, log, roundMs = 30_000 } = options;

  const viewFor = (given: AccountView<Instance> | undefined, signal?: AbortSignal) =>
    given ?? watcher.refresh({ startedAfterMs: clock.now() - VIEW_FRESH_MS, signal, priority: 'controller' });
  /** Begun after the record's status was: an older one shows what somebody's hand has changed since. */
  const viewSince = async (
    { sinceMs }: Rental,
    { view: given, signal }: StepOptions,
  ): Promise<AccountView<Instance>> => {
    const view = await viewFor(given, signal);
    if (view.startedAtMs >= sinceMs) return view;
    return await watcher.refresh({ startedAfterMs: sinceMs, signal, priority: 'controller' });
  };

  /** By the listing, or by its id; undefined when there is none, or nobody can tell. */
  const instanceOf = async (
    rental: Rental,
    view: AccountView<Instance>,
    signal?: AbortSignal,
  ): Promise<Instance | undefined> => {
    const { instanceId } = rental;
    if (instanceId === undefined) return undefined;
    const listed = view.instances.find((instance) => instance.id === instanceId);
    return listed ?? (await watcher.lookup(instanceId, signal));
  };

  const voidIntent = async (rental: Rental, isAbandoned: boolean): Promise<StepResult> => {
    const dueMs = isAbandoned ? 0 : rental.sinceMs + INTENT_STALE_MS;
    if (clock.now() < dueMs) return { rental, nextAtMs: dueMs };
    // Its money may have been set aside, and nothing was sent for it: sent means `creating`.
    const left = await ledger.findReservation(reservationKey(rental.id, rental.attempt + 1));
    if (left?.status === 'open') await ledger.release(left.reservation.id);
    const reason = 'whoever looked for an offer has died before anything was sent';
    const next = await records.change(rental, { status: 'void', reason }, {}, (trx) =>
      freeMachine(trx, rental.id),
    );
    return { rental: next, nextAtMs: undefined };
  };

  const boot = async (rental: Rental, { view: given, signal }: StepOptions): Promise<StepResult> => {
    const view = await viewFor(given, signal);
    const instance = await instanceOf(rental, view, signal);
    if (!instance) return await missing(rental, view);
    const observed = await apply(rental, instance);
    const enforced = await ender.enforce(observed, instance);
    if (enforced.rental.status !== 'booting') return enforced;
    const step = await booter.step(enforced.rental, instance, signal ? { signal } : {});
    if (step.kind === 'waiting') return { rental: enforced.rental, nextAtMs: step.nextAtMs, boot: step };
    await options.onBoot?.(enforced.rental, step);
    if (step.kind === 'ready') {
      const next = await records.change(
        enforced.rental,
        { status: 'ready', reason: step.sentence, readyAtMs: Math.trunc(clock.now()) },
        { figures: step.figures, warnings: step.warnings, gpus: step.gpus },
      );
      await tellEnd(next, instance, signal);
      await ender.scheduleBackstop(next);
      return { rental: next, nextAtMs: clock.now(), boot: step };
    }
    await options.saveDiagnostics?.(enforced.rental, instance).catch((error: unknown) => {
      log.warn('what a failed start left behind could not be kept', { rental: rental.id, error });
    });
    const next = await records.change(
      enforced.rental,
      { status: 'ending', reason: step.sentence },
      { cause: step.cause, blame: step.blame, figures: step.figures },
    );
    return { rental: next, nextAtMs: clock.now(), boot: step };
  };

  /** A deadline counts only when it was read back; the switch has one from the start, so a failure is no danger. */
  const tellEnd = async (rental: Rental, instance: Instance, signal?: AbortSignal): Promise<void> => {
    try {
      await using shell = await options.connect(instance, signal ? { signal } : {});
      await writeUntil(shell, rental.prepaidUntilMs);
    } catch (error) {
      if (signal?.aborted) throw error;
      log.warn('the end of the lease could not be told to the instance, which keeps the one of its start', {
        rental: rental.id,
        error,
      });
    }
  };

  /** Not listed, and nothing answers to its id: gone only when the watcher says so, or when the end proves it. */
  const missing = async (rental: Rental, view: AccountView<Instance>): Promise<StepResult> => {
    if (!view.complete) return { rental, nextAtMs: clock.now() + AFTER_FAILURE_MS };
    const sinceMs = (rental.bootingAtMs ?? rental.createdAtMs) + 1;
    const misses = await watcher.missesOf(rental.instanceId ?? 0, sinceMs);
    if (misses < MISSES_BEFORE_ENDING) return { rental, nextAtMs: clock.now() + AFTER_FAILURE_MS };
    const next = await records.change(
      rental,
      {
        status: 'ending',
        reason: 'it has disappeared: two listings do not hold it, and nothing answers to its id',
      },
      { generation: view.generation },
    );
    return { rental: next, nextAtMs: clock.now() };
  };

  const apply = async (rental: Rental, instance: Instance): Promise<Rental> => {
    const change = observe(rental, instance, Math.trunc(clock.now()));
    if (!change) return rental;
    return await records.change(rental, change, {
      actual: instance.actualStatus,
      intended: instance.intendedStatus,
      message: instance.statusMessage,
    });
  };

  const keep = async (rental: Rental, asked: StepOptions): Promise<StepResult> => {
    const { signal } = asked;
    const view = await viewSince(rental, asked);
    const instance = await instanceOf(rental, view, signal);
    if (!instance) return await missing(rental, view);
    const applied = await apply(rental, instance);
    // Renewed while it stood still, or made anew: it has to be told when it runs again.
    if (rental.status === 'stopped' && applied.status === 'ready') await tellEnd(applied, instance, signal);
    return await ender.enforce(applied, instance);
  };

  const stepByStatus = async (rental: Rental, asked: StepOptions): Promise<StepResult> => {
    switch (rental.status) {
      case 'intended':
        return await voidIntent(rental, asked.isAbandoned === true);
      case 'creating':
        return await resolveDoubt({ records, ledger, watcher, clock }, rental);
      case 'booting':
        return await boot(rental, asked);
      case 'ready':
      case 'stopped':
        return await keep(rental, asked);
      case 'ending':
        return await ender.step(rental, await viewFor(asked.view, asked.signal));
      case 'gone':
      case 'void':
        return { rental, nextAtMs: undefined };
    }
  };

  const step: RentalController['step'] = async (rental, asked = {}) => {
    try {
      return await stepByStatus(rental, asked);
    } catch (error) {
      // Overtaken by another process: the next step decides on what it left.
      if (!(error instanceof RentalChangedError)) throw error;
      return { rental: (await records.get(rental.id)) ?? rental, nextAtMs: clock.now() };
    }
  };

  const accrue = async (rentals: readonly Rental[]): Promise<void> => {
    const open = rentals.filter(
      (rental) => rental.reservationId !== undefined && !OVER_STATUSES.includes(rental.status),
    );
    await ledger.accrueAll(
      open.map((rental) => ({
        reservationId: rental.reservationId as string,
        spentSoFar: reckonedCost(rental, clock.now()),
      })),
    );
  };

  const round = async (signal?: AbortSignal): Promise<number> => {
    const view = await viewFor(undefined, signal);
    let nextAtMs = clock.now() + roundMs;
    const soon = (atMs: number | undefined) => {
      if (atMs !== undefined) nextAtMs = Math.min(nextAtMs, atMs);
    };
    const live = await records.list({ account, isLive: true });
    const stepped: Rental[] = [];
    // What ends first: it costs while it waits. One that is slow to be entered holds up none of the others.
    const waiting = live.toSorted((a, b) => urgency(a) - urgency(b)).values();
    const stepOn = async (): Promise<void> => {
      for (const rental of waiting) {
        signal?.throwIfAborted();
        try {
          const result = await step(rental, { view, ...(signal && { signal }) });
          stepped.push(result.rental);
          soon(result.nextAtMs);
        } catch (error) {
          if (signal?.aborted) throw error;
          log.error('a rental could not be stepped', { rental: rental.id, error });
          soon(clock.now() + AFTER_FAILURE_MS);
        }
      }
    };
    await Promise.all(Array.from({ length: STEPS_AT_ONCE }, stepOn));
    // A figure that cannot be booked is booked with the next: what ends must go on ending.
    await accrue(stepped).catch((error: unknown) => {
      log.error('what was spent could not be told to the ledger', { account, error });
    });
    soon(await ender.followUp(view));
    await options.afterRound?.(signal).catch((error: unknown) => {
      if (signal?.aborted) throw error;
      log.warn('what follows a round has failed', { account, error });
    });
    return Math.max(clock.now() + SHORTEST_ROUND_MS, nextAtMs);
  };

  return {
    step,
    round,
    async run(signal) {
      while (!signal.aborted) {
        const nextAtMs = await round(signal).catch((error: unknown) => {
          if (!signal.aborted) log.error('a round of the rentals failed', { account, error });
          return clock.now() + AFTER_FAILURE_MS;
        });
        await clock.sleep(Math.max(0, nextAtMs - clock.now()), signal).catch(() => {});
      }
    },
  };
}

function urgency({ status }: Rental): number {
  return status === 'ending' ? 0 : status === 'creating' ? 1 : 2;
}
