// What a daemon would drive, and what that costs an hour now: said before it begins, and asked when it spends.
import { formatDuration, formatUsd } from '../../../base/std/index.ts';
import { createJobRecords, type JobRecord } from '../../../rent/jobs/index.ts';
import { type Ps, readPs } from '../../../rent/rental/index.ts';
import type { PartName, Renting } from '../../app/index.ts';
import type { Context } from '../context.ts';
import type { DaemonWish } from '../daemon-flags.ts';
import { burnText } from '../output/goes-on.ts';
import { plural } from '../output/number.ts';

export interface DaemonPlan {
  readonly sentences: readonly string[];
  /** Whether it goes on spending, or begins to. */
  readonly spends: boolean;
}

/** Nobody waits longer for a listing: what the store has is told then, with its age. */
const LISTING_PATIENCE_MS = 5_000;

export async function planDaemon(context: Context, renting: Renting, wish: DaemonWish): Promise<DaemonPlan> {
  const { clock } = context;
  const account = renting.account.account;
  const fault = await listOnce(context, renting);
  const ps = await readPs({ ...renting, account, nowMs: clock.now() });
  const jobs = await createJobRecords(renting.store).list({ account, isLive: true });
  const has = (part: PartName) => wish.only === undefined || wish.only.includes(part);
  const rentals = has('rentals') ? ps.rows.filter(({ rentalId }) => rentalId !== undefined) : [];
  const driven = has('jobs') ? jobs : [];
  const sentences = [
    `This drives account ${account} at ${renting.client.baseUrl}: ${(wish.only ?? ['everything']).join(', ')}.`,
    rentalSentence(rentals),
    ...(driven.length > 0 ? [jobSentence(driven)] : []),
    totalSentence(ps),
    ...(fault ? [fault] : []),
  ];
  return { sentences, spends: rentals.length > 0 || driven.length > 0 };
}

/** A sentence when it does not come; the daemon begins all the same and goes on asking. */
async function listOnce({ clock, terminal }: Context, { watcher }: Renting): Promise<string | undefined> {
  const patience = new AbortController();
  const timer = clock.setTimer(LISTING_PATIENCE_MS, () => patience.abort());
  try {
    await watcher.refresh({ signal: AbortSignal.any([patience.signal, terminal.interrupted]) });
    return undefined;
  } catch (error) {
    terminal.interrupted.throwIfAborted();
    const why = patience.signal.aborted
      ? `it took longer than ${formatDuration(LISTING_PATIENCE_MS)}`
      : (error as Error).message;
    return `The account could not be listed now (${why}); this is what was known before.`;
  } finally {
    timer.cancel();
  }
}

function rentalSentence(rentals: Ps['rows']): string {
  if (rentals.length === 0) return 'It holds no rental now.';
  const held = rentals.map(({ ref, usdPerHour }) => ({ name: ref, usdPerHour }));
  return `It keeps, renews and ends ${plural(rentals.length, 'rental')}: ${burnText(held)}.`;
}

function jobSentence(jobs: readonly JobRecord[]): string {
  const queued = jobs.filter(({ status }) => status === 'queued').length;
  const rents = queued > 0 ? `, and rents machines for ${queued} of them that wait` : '';
  return `It drives ${plural(jobs.length, 'job')} to the end${rents}.`;
}

function totalSentence({ rows, foot }: Ps): string {
  if (rows.length === 0) return 'Nothing of the account costs anything now.';
  const credit = foot.creditUsd === null ? '' : ` The credit is ${formatUsd(foot.creditUsd)}.`;
  return `The account’s ${plural(rows.length, 'instance')} together: ${formatUsd(foot.burnPerHour)}/h now.${credit}`;
}
