// The money of a job: what it has cost over all its machines, and what its budget still allows.
import type { Ledger } from '../../../base/ledger/index.ts';
import { type Clock, type MicroUsd, microUsd } from '../../../base/std/index.ts';
import { type Rental, type RentalRecords, reckonedCost } from '../../rental/index.ts';
import type { JobAttempt, JobRecord, JobRecords } from '../records/index.ts';

/** Its rentals are all for this. */
export function needOf({ id }: Pick<JobRecord, 'id'>): string {
  return `job ${id}`;
}

/** Of all its machines: as charged where the marketplace has told, else by our own clock and the agreed price. */
export async function spentOf(
  {
    rentals,
    account,
    nowMs,
  }: { readonly rentals: RentalRecords; readonly account: string; readonly nowMs: number },
  record: Pick<JobRecord, 'id'>,
): Promise<MicroUsd> {
  const all = await rentals.list({ account, need: needOf(record) });
  return all.reduce((sum, rental) => sum + costOf(rental, nowMs), 0) as MicroUsd;
}

/** Of an attempt so far; a machine that was begun anew has earlier ones, which have their own share. */
export async function attemptSpent(
  {
    rentals,
    records,
    clock,
  }: {
    readonly rentals: Pick<RentalRecords, 'get'>;
    readonly records: Pick<JobRecords, 'attempts'>;
    readonly clock: Clock;
  },
  { jobId, attempt, rentalId }: JobAttempt,
): Promise<MicroUsd> {
  const rental = await rentals.get(rentalId);
  if (!rental) return microUsd(0);
  const earlier = (await records.attempts(jobId)).filter(
    (other) => other.rentalId === rentalId && other.attempt < attempt,
  );
  const before = earlier.reduce((sum, { spent }) => sum + spent, 0);
  return Math.max(0, costOf(rental, clock.now()) - before) as MicroUsd;
}

export function costOf(rental: Rental, nowMs: number): MicroUsd {
  const { receipt } = rental;
  if (!receipt) return reckonedCost(rental, nowMs);
  const { charged, reckonedUsd } = receipt;
  return microUsd(charged ? charged.gpu + charged.disk + charged.bandwidth : reckonedUsd);
}

/** The cap that keeps a group within its budget, for all of its life. */
export function budgetCap({ group }: Pick<JobRecord, 'group'>) {
  return { scope: 'job', value: group, window: 'all' } as const;
}

/** What may still be set aside for the group; undefined without a budget. */
export async function leftOf(
  ledger: Pick<Ledger, 'budget'>,
  record: Pick<JobRecord, 'group' | 'job'>,
): Promise<MicroUsd | undefined> {
  if (record.job.budget === undefined) return undefined;
  return (await rowOf(ledger, record))?.left ?? microUsd(0);
}

/** Whether some of the group's budget is set aside, and not spent yet: it may come back. */
export async function hasReserved(
  ledger: Pick<Ledger, 'budget'>,
  record: Pick<JobRecord, 'group'>,
): Promise<boolean> {
  return ((await rowOf(ledger, record))?.reserved ?? 0) > 0;
}

async function rowOf(ledger: Pick<Ledger, 'budget'>, record: Pick<JobRecord, 'group'>) {
  const { scope, value, window } = budgetCap(record);
  const rows = await ledger.budget();
  return rows.find((cap) => cap.scope === scope && cap.value === value && cap.window === window);
}
