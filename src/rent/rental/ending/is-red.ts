// The one question of the red list that a table of machines asks too; in a file of its own, since alerts are heavy to load.
import type { EndingPolicy } from './policy.ts';
import type { InstanceEndRow } from './tables.ts';

/** Whether an end that is under way is one that a person has to know of. */
export function isRed(row: InstanceEndRow, nowMs: number, policy: EndingPolicy): boolean {
  if (row.gone_at !== null) return false;
  if (row.refusal !== '') return true;
  const isFailing = row.attempts >= policy.redAfterTries;
  return isFailing || nowMs - row.asked_at >= policy.redAfterMs;
}
