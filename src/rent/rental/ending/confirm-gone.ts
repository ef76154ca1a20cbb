// Whether an instance is gone: nothing that a single answer says is enough.
import type { EndingContext } from './context.ts';
import { type Refusal, refusalOf } from './destroy-once.ts';
import type { EndingTables } from './tables.ts';

export type GoneVerdict =
  | { readonly kind: 'gone'; readonly generations: readonly [number, number] }
  /** It is there: destroy it again. */
  | { readonly kind: 'there'; readonly reason: string }
  /** Too little is known yet. */
  | { readonly kind: 'unknown'; readonly reason: string; readonly refusal: Refusal };

/**
 * Gone: two complete listings that were begun after the last accepted DELETE, and after the last listing that held
 * it, do not hold it, and the service has nothing under its id.
 */
export async function confirmGone(
  { watcher, store, account }: Pick<EndingContext, 'watcher' | 'store' | 'account'>,
  instanceId: number,
  acceptedAtMs: number,
): Promise<GoneVerdict> {
  const seen = await store.db
    .$extendTables<EndingTables>()
    .selectFrom('account_instances')
    .select('last_generation')
    .where('account', '=', account)
    .where('instance_id', '=', instanceId)
    .executeTakeFirst();
  const since = await watcher.completeSince(acceptedAtMs + 1);
  const without = since.filter(({ generation }) => generation > (seen?.last_generation ?? 0));
  const [first, second] = without.slice(-2);
  if (!first || !second) {
    const reason = `${without.length} of 2 complete listings since do not hold it`;
    return { kind: 'unknown', reason, refusal: '' };
  }
  try {
    const found = await watcher.lookup(instanceId);
    if (found) return { kind: 'there', reason: 'listings do not hold it, and it answers to its id' };
  } catch (error) {
    const reason = `it cannot be asked for by its id: ${error instanceof Error ? error.message : String(error)}`;
    return { kind: 'unknown', reason, refusal: refusalOf(error) };
  }
  return { kind: 'gone', generations: [first.generation, second.generation] };
}
