// The money of a job: what it has cost over all its machines, and what its budget still allows.
import type { Ledger } from '../../../base/ledger/index.ts';
import { type MicroUsd, microUsd } from '../../../base/std/index.ts';
import { type Rental, type RentalRecords, reckonedCost } from '../../rental/index.ts';
import type { JobRecord } from '../records/index.ts';

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
  { group, job }: Pick<JobRecord, 'group' | 'job'>,
): Promise<MicroUsd | undefined> {
  if (job.budget === undefined) return undefined;
  const rows = await ledger.budget();
  const row = rows.find((cap) => cap.scope === 'job' && cap.value === group && cap.window === 'all');
  return row?.left ?? (0 as MicroUsd);
}
