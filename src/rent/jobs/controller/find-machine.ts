// queued and provisioning: the job's turn, and a machine for it. The old machine has to be seen gone before a new one is
// looked for, and whatever the create came to, the rental of the job says it.
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
  type Candidate,
  type FactsLookup,
  findAgain,
  findCandidates,
  type LeaseTerms,
  type Need,
  NoCapacityError,
  NoOfferError,
  OVER_STATUSES,
  type Rental,
  RentError,
  RentInDoubtError,
} from '../../rental/index.ts';
import { toNeed } from '../file/index.ts';
import { type JobAttempt, JobChangedError, type JobRecord } from '../records/index.ts';
import type { JobPolicy, JobStep, LedJob } from './context.ts';
import { giveBack } from './give-back.ts';
import { deadlineOf, judgeFailure } from './judge-failure.ts';
import { missingInput } from './missing-input.ts';
import { budgetCap, hasReserved, leftOf, needOf } from './money.ts';
import { trafficCapGb } from './traffic.ts';

const AGAIN_MS = 15_000;
const MONEY_AGAIN_MS = 60_000;
/** Machines that failed the job within this time are left alone. */
const EXCLUDED_MS = 24 * 3_600_000;

export async function waitTurn(led: LedJob, record: JobRecord): Promise<JobStep> {
  const { clock, change, rentals, account, records } = led;
  const nowMs = Math.trunc(clock.now());
  const [left] = await rentals.list({ account, need: needOf(record), isLive: true });
  if (left) {
    const given = await giveBack(led, left.id, 'its job goes on elsewhere');
    if (!given.isGone) return await say(led, record, given.reason, given.nextAtMs);
  }
  if (record.cancelAskedAtMs !== undefined) {
    const cancelled = await change(record, { status: 'cancelled', reason: 'cancelled before it ran' });
    return { record: cancelled, nextAtMs: nowMs };
  }
  const deadlineMs = deadlineOf(record);
  if (deadlineMs !== undefined && nowMs >= deadlineMs) {
    return await judgeFailure(led, record, {
      kind: 'error',
      reason: 'max_duration is used up',
      isFinal: true,
    });
  }
  if (record.nextAtMs !== undefined && nowMs < record.nextAtMs) return { record, nextAtMs: record.nextAtMs };
  const lacking = missingInput(led, record);
  if (lacking !== undefined) {
    return await judgeFailure(led, record, { kind: 'error', reason: lacking, isFinal: true });
  }
  const attempts = await records.attempts(record.id);
  const next = await change(record, {
    status: 'provisioning',
    reason: 'looking for a machine',
    attempt: (attempts.at(-1)?.attempt ?? 0) + 1,
    nextAtMs: null,
  });
  return { record: next, nextAtMs: nowMs };
}

export async function findMachine(led: LedJob, record: JobRecord): Promise<JobStep> {
  const { clock, rentals, account, controller, signal, change } = led;
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
        signal,
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
    if (signal.aborted) throw error;
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

async function rentOne(led: LedJob, record: JobRecord): Promise<Rental> {
  const { renter, memory, desk, clock, policy, sshPublicKey, signal } = led;
  const { job } = record;
  const search = {
    client: desk.client,
    clock,
    need: await needFor(led, record),
    lease: leaseOf(record, { nowMs: clock.now(), policy }),
    facts: await memory.facts(),
  };
  return await renter.rent(
    {
      kind: 'job',
      need: needOf(record),
      name: record.name,
      launch: {
        ...(job.image !== undefined && { image: job.image }),
        ...(job.templateHash !== undefined && { templateHash: job.templateHash }),
        diskGb: job.resources.diskGb,
        env: {},
        ports: job.resources.ports,
        withJupyter: false,
        sshPublicKey,
        scopes: { job: record.group },
        ...(job.resources.maxPricePerHour !== undefined && {
          maxPricePerHour: job.resources.maxPricePerHour,
        }),
      },
      leaseMs: search.lease.leaseMs,
      candidates: (asked) => affordable(led, record, search, asked),
      revalidate: (candidate, asked) => findAgain(search, candidate, asked),
    },
    signal,
  );
}

interface Search {
  readonly client: Pick<LedJob['client'], 'offers'>;
  readonly clock: LedJob['clock'];
  readonly need: Need;
  readonly lease: LeaseTerms;
  readonly facts: FactsLookup;
}

/** Those that what is left of the budget covers; the ledger has the last word when one is taken. */
async function affordable(
  led: LedJob,
  record: JobRecord,
  search: Search,
  signal?: AbortSignal,
): Promise<readonly Candidate[]> {
  const { candidates } = await findCandidates(search, signal);
  const left = await leftOf(led.ledger, record);
  const within = left === undefined ? candidates : candidates.filter(({ worstCost }) => worstCost <= left);
  if (within.length > 0 || candidates.length === 0) return within;
  const least = Math.min(...candidates.map(({ worstCost }) => worstCost));
  throw new DeniedError({
    limit: 'budget',
    reason: `The budget has ${formatUsd((left ?? 0) / 1e6)} left, and the cheapest machine sets ${formatUsd(least / 1e6)} aside for ${search.lease.leaseMs / 3_600_000} h; raise budget, or shorten max_duration`,
  });
}

/** Without machines that failed it lately, and without those that our other rentals hold: a ranking is not endless. */
async function needFor({ records, rentals, account, clock }: LedJob, record: JobRecord): Promise<Need> {
  const attempts = await records.attempts(record.id);
  const sinceMs = clock.now() - EXCLUDED_MS;
  const failed = attempts.filter(
    (attempt) => attempt.failure !== undefined && (attempt.endedAtMs ?? 0) >= sinceMs,
  );
  const held = await rentals.list({ account, isLive: true });
  return {
    ...toNeed(record.job),
    excludedMachines: [...failed, ...held].flatMap(({ machineId }) => machineId ?? []),
  };
}

/** What a machine of the job is prepaid for, begun now: all that is left of max_duration, and time to boot and fetch. */
export function leaseOf(
  { job, startedAtMs }: Pick<JobRecord, 'job' | 'startedAtMs'>,
  { nowMs, policy }: { readonly nowMs: number; readonly policy: JobPolicy },
): LeaseTerms {
  const { maxDurationMs } = job;
  const untilMs =
    deadlineOf({ job, startedAtMs }) ?? (maxDurationMs === undefined ? undefined : nowMs + maxDurationMs);
  return {
    leaseMs: untilMs === undefined ? policy.leaseMs : Math.max(0, untilMs - nowMs) + policy.marginMs,
    trafficCapGb: trafficCapGb(job, policy),
  };
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

/** The same status with another reason; nothing is written when it is the same. */
export async function say(
  { change }: Pick<LedJob, 'change'>,
  record: JobRecord,
  reason: string,
  nextAtMs: number,
): Promise<JobStep> {
  return { record: record.reason === reason ? record : await change(record, { reason }), nextAtMs };
}
