// What jobs have cost by now: the record is written when something changes, so what its machine has cost since then, and a bill
// that came later, are in the rentals.
import type { MicroUsd } from '../../../base/std/index.ts';
import type { RentalRecords } from '../../rental/index.ts';
import { costOf, needOf, spentOf } from '../controller/index.ts';
import type { JobRecord } from '../records/index.ts';

/** Beyond so many, all rentals are read at once. */
const ONE_BY_ONE = 8;

/** By id. */
export async function jobsSpent(
  rentals: RentalRecords,
  records: readonly JobRecord[],
  nowMs: number,
): Promise<ReadonlyMap<string, MicroUsd>> {
  if (records.length <= ONE_BY_ONE) {
    const spent = records.map(
      async (record) =>
        [record.id, await spentOf({ rentals, account: record.account, nowMs }, record)] as const,
    );
    return new Map(await Promise.all(spent));
  }
  const byNeed = Map.groupBy(await rentals.list(), ({ account, need }) => `${account} ${need}`);
  return new Map(
    records.map((record) => {
      const own = byNeed.get(`${record.account} ${needOf(record)}`) ?? [];
      return [record.id, own.reduce((sum, rental) => sum + costOf(rental, nowMs), 0) as MicroUsd];
    }),
  );
}
