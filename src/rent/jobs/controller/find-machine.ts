// provisioning: a machine for the job. Whatever the create came to, the rental of the job says it.
import { capId, DeniedError } from '../../../base/ledger/index.ts';
import { formatUsd } from '../../../base/std/index.ts';
import {
  InsufficientCreditError,
  InvalidRequestError,
  UnauthorizedError,
  VastError,
} from '../../../net/vast/index.ts';
import {
  AccountUnknownError,
  NoCapacityError,
  NoOfferError,
  OVER_STATUSES,
  type Rental,
  RentError,
  RentInDoubtError,
} from '../../rental/index.ts';
import { type JobAttempt, JobChangedError, type JobRecord } from '../records/index.ts';
import type { JobStep, LedJob } from './context.ts';
import { giveBack } from './give-back.ts';
import { judgeFailure } from './judge-failure.ts';
import { budgetCap, hasReserved, needOf } from './money.ts';
import { throwIfEnded } from './notice-cancel.ts';
import { rentOne } from './rent-machine.ts';
import { say } from './say.ts';

const AGAIN_MS = 15_000;
const MONEY_AGAIN_MS = 60_000;

export async function findMachine(led: LedJob, record: JobRecord): Promise<JobStep> {
  const { clock, rentals, account, controller, signal, cancelNotice, change } = led;
  const [present] = await rentals.list({ account, need: needOf(record), isLive: true });
  // A create in doubt, or an intent of a process that has died: nothing else is rented until it is known.
  if (present?.status === 'intended' || present?.status === 'creating') {
    const step = await controller.step(present, { signal, isAbandoned: true });
    if (OVER_STATUSES.includes(step.rental.status)) return { record, nextAtMs: clock.now() };
    if (step.rental.status === present.status) {
      return await unclear(led, record, step.rental.reason, step.nextAtMs ?? clock.now() + AGAIN_MS);
    }
    return { record, nextAtMs: clock.now() };
  }
  if (record.cancelAskedAtMs !== undefined) {
    const given = await giveBack(led, present?.id, 'its job was cancelled');
    if (!given.isGone) return await say(led, record, given.reason, given.nextAtMs);
    const cancelled = await change(record, {
      status: 'cancelled',
      reason: 'cancelled before it ran',
      rentalId: null,
    });
    return { record: cancelled, nextAtMs: clock.now() };
  }
  if (present) return await hold(led, record, present);
  // What was in doubt is known: there is none.
  let current =
    record.status === 'unknown'
      ? await change(record, { status: 'provisioning', reason: 'looking for a machine' })
      : record;
  try {
    const rental = await led.desk.takeTurn(
      {
        signal: AbortSignal.any([signal, cancelNotice]),
        onWait: async (before) => {
          ({ record: current } = await say(led, current, `${before} are before it in renting`, clock.now()));
        },
      },
      async () => {
        // It may have been cancelled while it waited.
        const fresh = await led.records.get(record.id);
        if (fresh?.version !== current.version) throw new JobChangedError(record.id, current.version);
        return await rentOne(led, current);
      },
    );
    return await hold(led, current, rental);
  } catch (error) {
    throwIfEnded(led);
    return await notRented(led, current, error);
  }
}

/** There is an instance: from now on max_duration counts. */
async function hold(led: LedJob, record: JobRecord, rental: Rental): Promise<JobStep> {
  const { clock, change } = led;
  const nowMs = Math.trunc(clock.now());
  if (rental.status === 'ending') {
    return await say(led, record, 'its last machine is to be seen gone first', nowMs + AGAIN_MS);
  }
  const attempt: JobAttempt = {
    jobId: record.id,
    attempt: record.attempt,
    rentalId: rental.id,
    instanceId: rental.instanceId,
    machineId: rental.machineId,
    startedAtMs: nowMs,
    runningAtMs: undefined,
    endedAtMs: undefined,
    exitCode: undefined,
    failure: undefined,
    isFinal: false,
    brought: false,
    reason: '',
    checkpoint: led.attempt?.checkpoint,
    logBytes: 0,
    spent: 0 as JobAttempt['spent'],
  };
  const { terms } = rental;
  const what = terms
    ? `${terms.gpuCount}x ${terms.gpuName} at ${formatUsd(terms.pricePerHour)}/h`
    : 'a machine';
  const next = await change(
    record,
    {
      status: 'booting',
      reason: `rented ${what}: instance ${rental.instanceId ?? '?'} on machine ${rental.machineId ?? '?'}`,
      rentalId: rental.id,
      ...(record.startedAtMs === undefined && { startedAtMs: nowMs }),
    },
    { attempt, data: { rental: rental.id, instance: rental.instanceId, machine: rental.machineId, terms } },
  );
  return { record: next, nextAtMs: nowMs };
}

async function notRented(led: LedJob, record: JobRecord, error: unknown): Promise<JobStep> {
  const { clock } = led;
  if (error instanceof RentInDoubtError) return await unclear(led, record, error.message, clock.now());
  if (error instanceof AccountUnknownError) {
    return await say(led, record, error.message, clock.now() + AGAIN_MS);
  }
  if (error instanceof NoCapacityError || error instanceof NoOfferError) {
    return await judgeFailure(led, record, { kind: 'no_capacity', reason: error.message });
  }
  if (error instanceof DeniedError) {
    const isOwn = error.limit === 'budget' || error.limit === `cap ${capId(budgetCap(record))}`;
    if (isOwn && (await hasReserved(led.ledger, record))) {
      // Most of what is set aside comes back when the bill of a machine is known, or another job of the group ends.
      const reason = `waits for money of its budget that is still set aside: ${error.message}`;
      const nextAtMs = Math.trunc(clock.now()) + MONEY_AGAIN_MS;
      return { record: await led.change(record, { status: 'queued', reason, nextAtMs }), nextAtMs };
    }
    const failure = { kind: 'no_capacity', reason: error.message, data: { denied: error.limit } } as const;
    return await judgeFailure(led, record, { ...failure, isFinal: isOwn });
  }
  const cause = error instanceof RentError ? (error.cause ?? error) : error;
  const isHopeless = [UnauthorizedError, InsufficientCreditError, InvalidRequestError].some(
    (Kind) => cause instanceof Kind,
  );
  if (isHopeless) {
    return await judgeFailure(led, record, {
      kind: 'error',
      reason: (error as Error).message,
      isFinal: true,
    });
  }
  if (cause instanceof VastError) return await say(led, record, cause.message, clock.now() + AGAIN_MS);
  throw error;
}

async function unclear(led: LedJob, record: JobRecord, reason: string, nextAtMs: number): Promise<JobStep> {
  const told = `whether there is a machine is not known: ${reason}`;
  if (record.status === 'unknown' && record.reason === told) return { record, nextAtMs };
  return { record: await led.change(record, { status: 'unknown', reason: told }), nextAtMs };
}
