// One machine rented for a job: which ones come into question, and for how long it is paid.
import { DeniedError } from '../../../base/ledger/index.ts';
import { formatUsd } from '../../../base/std/index.ts';
import {
  type Candidate,
  type FactsLookup,
  findAgain,
  findCandidates,
  type LeaseTerms,
  type Need,
  type Rental,
} from '../../rental/index.ts';
import { toNeed } from '../file/index.ts';
import type { JobRecord } from '../records/index.ts';
import type { JobPolicy, LedJob } from './context.ts';
import { deadlineOf } from './judge-failure.ts';
import { leftOf, needOf } from './money.ts';
import { trafficCapGb } from './traffic.ts';

/** Machines that failed the job within this time are left alone. */
const EXCLUDED_MS = 24 * 3_600_000;

export async function rentOne(led: LedJob, record: JobRecord): Promise<Rental> {
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
