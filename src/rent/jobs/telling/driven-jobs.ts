// Which jobs some process drives at this moment, as their terms in the store say.
import type { Store } from '../../../base/store/index.ts';
import { jobTermName } from '../controller/index.ts';

/** Their ids. A driver that was killed counts until its term is over: a minute at most. */
export async function drivenJobs(
  { db }: Pick<Store, 'db'>,
  ids: readonly string[],
  nowMs: number,
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const terms = await db
    .selectFrom('terms')
    .select('name')
    .where('name', 'like', `${jobTermName('')}%`)
    .where('holder', '!=', '')
    .where('expires_at', '>', Math.trunc(nowMs))
    .execute();
  const held = new Set(terms.map(({ name }) => name));
  return new Set(ids.filter((id) => held.has(jobTermName(id))));
}
