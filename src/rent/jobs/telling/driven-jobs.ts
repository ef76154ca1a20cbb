// Which jobs some process drives at this moment, as their terms in the store say.
import type { Store } from '../../../base/store/index.ts';
import { jobTermName } from '../controller/index.ts';

/** Their ids. One whose driver died on another computer counts until the term is over: a minute at most. */
export async function drivenJobs(
  { db, processes }: Pick<Store, 'db' | 'processes'>,
  ids: readonly string[],
  nowMs: number,
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const terms = await db
    .selectFrom('terms')
    .select(['name', 'process'])
    .where('name', 'like', `${jobTermName('')}%`)
    .where('holder', '!=', '')
    .where('expires_at', '>', Math.trunc(nowMs))
    .execute();
  const gone = [...new Set(terms.map(({ process }) => process))].filter((mark) => processes.isGone(mark));
  const held = new Set(terms.filter(({ process }) => !gone.includes(process)).map(({ name }) => name));
  return new Set(ids.filter((id) => held.has(jobTermName(id))));
}
