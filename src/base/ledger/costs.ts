// What was spent, grouped for people: by a scope's values or by day.
import { HOUR_MS, type MicroUsd } from '../std/index.ts';
import type { LedgerDb } from './tables.ts';
import type { CostRow } from './types.ts';
import { dateIn, windowStart } from './windows.ts';

export interface CostsQuery {
  /** Quarters of an hour that begin in [since, until); default from the beginning. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** `day`, `total`, or the name of a scope. */
  readonly by: string;
}

/** Days in order; else the dearest first, then by name. What has no such scope stands under the empty value. */
export async function readCosts(
  db: LedgerDb,
  {
    sinceMs = 0,
    untilMs = Number.MAX_SAFE_INTEGER,
    by,
    timeZone,
  }: CostsQuery & { readonly timeZone: string },
): Promise<CostRow[]> {
  // One statement, so that the parts are those of the whole.
  const rows = await db
    .selectFrom('ledger_sums')
    .select(['scope', 'value', 'bucket', 'spent'])
    .where('scope', 'in', ['total', by])
    .where('bucket', '>=', Math.max(0, sinceMs))
    .where('bucket', '<', untilMs)
    .where('spent', '!=', 0)
    .orderBy('bucket')
    .execute();
  const sums = new Map<string, number>();
  const add = (value: string, spent: number) => sums.set(value, (sums.get(value) ?? 0) + spent);
  const dayOf = createDayOf(timeZone);
  for (const { scope, value, bucket, spent } of rows) {
    if (scope === by && by !== 'total') {
      add(value, spent);
      add('', -spent);
    } else if (by === 'day') add(dayOf(bucket), spent);
    else add('', spent);
  }
  const costs = [...sums]
    .filter(([value, spent]) => value !== '' || spent > 0)
    .map(([value, spent]) => ({ value, spent: spent as MicroUsd }));
  return by === 'day' ? costs : costs.sort((a, b) => b.spent - a.spent || (a.value < b.value ? -1 : 1));
}

/** Dates of times that only grow: a zone is asked once a day and not for each quarter of an hour. */
function createDayOf(timeZone: string): (atMs: number) => string {
  let date = '';
  let endMs = Number.NEGATIVE_INFINITY;
  return (atMs) => {
    if (atMs < endMs) return date;
    date = dateIn(atMs, timeZone);
    const startMs = windowStart({ window: 'day', atMs, timeZone });
    // The longest day has 25 hours, so this lies in the next.
    endMs = windowStart({ window: 'day', atMs: startMs + 26 * HOUR_MS, timeZone });
    return date;
  };
}
