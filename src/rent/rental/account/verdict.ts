// What to think of an instance: one word and why, from what the store knows of it.
import { assertNever, formatDuration, formatUsd, HOUR_MS } from '../../../base/std/index.ts';
import type { RentalStatus } from '../records/rental.ts';
import type { InstanceStatus } from '../watcher/index.ts';

/**
 * `idle`: it runs for nothing. `forgotten?`: so long that nobody may remember it. `parked`: it does not run, and its
 * disk costs. `red`: it should be gone, and cannot be destroyed. `lost`: nobody knows what it does.
 */
export const VERDICTS = [
  'working',
  'idle',
  'forgotten?',
  'parked',
  'booting',
  'ending',
  'red',
  'lost',
] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface VerdictFacts {
  readonly nowMs: number;
  /** Undefined while no listing has held it. */
  readonly status: InstanceStatus | undefined;
  readonly statusSinceMs: number;
  /** Undefined for one that is not ours. */
  readonly rentalStatus: RentalStatus | undefined;
  /** Should be gone, and a person has to know of it. */
  readonly isRed: boolean;
  /** Complete listings since that did not hold it. */
  readonly missed: number;
  /** Null while its GPUs work, or nobody knows. */
  readonly idleSinceMs: number | null;
  readonly isGpuUseKnown: boolean;
  readonly lastSshMs: number | null;
  readonly diskUsdPerMonth: number | null;
}

export interface Judged {
  readonly verdict: Verdict;
  /** A sentence without a full stop. */
  readonly why: string;
}

/** GPUs below 5 % for longer than this: a pause between two steps of work is shorter. */
export const IDLE_AFTER_MS = 20 * 60_000;
/** Idle, and nobody logged in, for longer than this. */
export const FORGOTTEN_AFTER_MS = 6 * HOUR_MS;

export function judgeInstance(facts: VerdictFacts): Judged {
  const { isRed, rentalStatus, status, missed } = facts;
  if (isRed) return { verdict: 'red', why: 'it should be gone, and is not proved gone' };
  if (rentalStatus === 'ending') return { verdict: 'ending', why: 'it is being destroyed' };
  if (missed > 0) {
    return { verdict: 'lost', why: `${missed} complete listings since do not hold it` };
  }
  if (status === undefined) return unseen(rentalStatus);
  switch (status) {
    case 'running':
      return running(facts);
    case 'creating':
    case 'loading':
    case 'rebooting':
      return { verdict: 'booting', why: `${status} for ${sinceOf(facts)}` };
    case 'stopped':
      return parked(facts, 'it is stopped');
    case 'exited':
      return parked(facts, 'its container has ended');
    case 'failed':
      return parked(facts, 'its start has failed, and it is still there');
    case 'outbid':
      return parked(facts, 'others pay more; it starts again, and costs, when its bid wins');
    case 'scheduling':
      return parked(facts, 'others have its GPUs; it starts, and costs, when they are free');
    case 'lost':
      return { verdict: 'lost', why: `no word from its host for ${sinceOf(facts)}` };
    case 'unknown':
      return { verdict: 'lost', why: `the service does not know what it does for ${sinceOf(facts)}` };
    default:
      return assertNever(status, 'the status of an instance');
  }
}

function unseen(rentalStatus: RentalStatus | undefined): Judged {
  switch (rentalStatus) {
    case 'intended':
      return { verdict: 'booting', why: 'an offer is looked for; nothing has been rented' };
    case 'creating':
      return { verdict: 'booting', why: 'the create was sent, and its answer is not known' };
    default:
      return { verdict: 'booting', why: 'no listing has held it yet' };
  }
}

function running(facts: VerdictFacts): Judged {
  const { nowMs, idleSinceMs, lastSshMs, rentalStatus, isGpuUseKnown } = facts;
  if (rentalStatus === 'booting') return { verdict: 'booting', why: 'it runs and was not entered yet' };
  if (idleSinceMs === null) {
    const why = isGpuUseKnown ? 'its GPUs work' : 'it runs; what its GPUs do is not known';
    return { verdict: 'working', why };
  }
  const idleMs = nowMs - idleSinceMs;
  const idle = `GPUs below 5 % for ${formatDuration(idleMs)}`;
  const isLeftAlone = lastSshMs === null || nowMs - lastSshMs > FORGOTTEN_AFTER_MS;
  if (idleMs > FORGOTTEN_AFTER_MS && isLeftAlone) {
    const ssh =
      lastSshMs === null ? 'no login through here' : `last login ${formatDuration(nowMs - lastSshMs)} ago`;
    return { verdict: 'forgotten?', why: `${idle}, ${ssh}` };
  }
  if (idleMs > IDLE_AFTER_MS) return { verdict: 'idle', why: idle };
  return { verdict: 'working', why: `its GPUs rest for ${formatDuration(idleMs)}` };
}

function parked({ diskUsdPerMonth }: VerdictFacts, what: string): Judged {
  const price = diskUsdPerMonth === null ? 'at an unknown price' : `at ${formatUsd(diskUsdPerMonth)} a month`;
  return { verdict: 'parked', why: `${what}; its disk is kept ${price}` };
}

function sinceOf({ nowMs, statusSinceMs }: VerdictFacts): string {
  return formatDuration(Math.max(0, nowMs - statusSinceMs));
}
