// Whether some process drives a job at this moment, as its term in the store says.
import type { Store } from '../../../base/store/index.ts';
import { type JobRecord, jobTermName } from '../../../rent/jobs/index.ts';

/** A driver that was killed counts until its term is over: a minute at most. */
export async function isDriven(
  { db }: Pick<Store, 'db'>,
  { id }: Pick<JobRecord, 'id'>,
  nowMs: number,
): Promise<boolean> {
  const term = await db
    .selectFrom('terms')
    .select(['holder', 'expires_at'])
    .where('name', '=', jobTermName(id))
    .executeTakeFirst();
  return term !== undefined && term.holder !== '' && term.expires_at > nowMs;
}
