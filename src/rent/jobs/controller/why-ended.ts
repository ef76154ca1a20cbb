// Why a rental ended, from the events that outlive whoever decided it.
import { readEventsSince } from '../../../base/store/index.ts';
import type { LedJob } from './context.ts';

export interface EndOfRental {
  readonly reason: string;
  /** A person ended it: the job is not to rent another in its place. */
  readonly isByHand: boolean;
  /** Of a failed boot: what it tells against. */
  readonly blame: 'machine' | 'launch' | 'nobody' | undefined;
}

/** Undefined for one that has not ended. */
export async function whyEnded(
  { store }: Pick<LedJob, 'store'>,
  rentalId: string | undefined,
): Promise<EndOfRental | undefined> {
  if (rentalId === undefined) return undefined;
  const events = await readEventsSince(store.db, 0, { noun: 'rental', id: rentalId });
  const at = events.findIndex(({ status }) => status === 'ending');
  const end = events[at];
  if (!end) return undefined;
  const { reason, data } = end;
  // A machine that was put aside ends by its time: whose hand it was stands before, unless it was taken back.
  const aside = events
    .slice(0, at)
    .findLast(
      ({ status, reason: why }) => status === 'ready' || isHand(why) || why.startsWith('to be started again'),
    );
  const isByHand =
    reason.startsWith('ended by ') ||
    (aside !== undefined && isHand(aside.reason) && reason.startsWith('its disk was kept'));
  const { blame } = data;
  return {
    reason,
    isByHand,
    blame: blame === 'machine' || blame === 'launch' || blame === 'nobody' ? blame : undefined,
  };
}

function isHand(reason: string): boolean {
  return reason.startsWith('parked by ') || reason.startsWith('stopped by hand');
}
