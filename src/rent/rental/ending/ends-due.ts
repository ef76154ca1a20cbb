// The second stage of the dead man's switch: what a controller that lives does about an end that has come. Pure.
import type { Rental } from '../records/index.ts';
import type { InstanceStatus } from '../watcher/index.ts';
import { ENDING_POLICY, type EndingPolicy } from './policy.ts';

export type EndDue =
  | {
      readonly kind: 'none' /** When something will be due; undefined never. */;
      readonly nextAtMs: number | undefined;
    }
  /** It runs and may not: stop it, then keep its disk until `destroyAfterMs`. */
  | { readonly kind: 'stop'; readonly reason: string; readonly destroyAfterMs: number }
  /** It does not run any more: keep its disk until `destroyAfterMs`. */
  | { readonly kind: 'stopped'; readonly reason: string; readonly destroyAfterMs: number }
  | { readonly kind: 'destroy'; readonly reason: string };

export interface EndsDueOptions {
  /** As it was listed last; undefined where nobody has looked. */
  readonly seen?: InstanceStatus | undefined;
  readonly policy?: Pick<EndingPolicy, 'storageTailMs' | 'noticeMs'>;
}

/** An instance in one of these costs GPUs, or will as soon as it can. */
const RUNS: readonly (InstanceStatus | undefined)[] = [
  'running',
  'loading',
  'creating',
  'rebooting',
  'scheduling',
  'outbid',
];

/**
 * The disk is kept from the end of what was paid to the end of the tail, whose money is set aside with the lease, and
 * at least for the notice: somebody who opens a laptop after a week finds the machine, an alert, and an hour.
 */
export function endsDue(
  rental: Rental,
  nowMs: number,
  { seen, policy = ENDING_POLICY }: EndsDueOptions = {},
): EndDue {
  const { status, destroyAfterMs, prepaidUntilMs, graceUntilMs } = rental;
  if (status !== 'booting' && status !== 'ready' && status !== 'stopped') {
    return { kind: 'none', nextAtMs: undefined };
  }
  const endMs = Math.min(prepaidUntilMs, graceUntilMs ?? Number.POSITIVE_INFINITY);
  const keptUntilMs =
    destroyAfterMs ?? Math.ceil(Math.max(prepaidUntilMs + policy.storageTailMs, nowMs + policy.noticeMs));
  const isPaidOut = nowMs >= endMs;
  const reason =
    destroyAfterMs !== undefined
      ? 'parked'
      : nowMs >= prepaidUntilMs
        ? 'what was prepaid has ended'
        : isPaidOut
          ? 'the work has ended and nobody collected in time'
          : 'it has stopped by itself, or somebody stopped it';

  if (destroyAfterMs !== undefined && nowMs >= destroyAfterMs) {
    return { kind: 'destroy', reason: 'its disk was kept as long as was said' };
  }
  if (status === 'stopped') {
    // Started by somebody else's hand, or out of the queue, when nothing is paid for any more.
    if (isPaidOut && RUNS.includes(seen)) return { kind: 'stop', reason, destroyAfterMs: keptUntilMs };
    if (isPaidOut && destroyAfterMs === undefined)
      return { kind: 'stopped', reason, destroyAfterMs: keptUntilMs };
    return { kind: 'none', nextAtMs: destroyAfterMs ?? endMs };
  }
  if (status === 'ready' && seen === 'stopped')
    return { kind: 'stopped', reason, destroyAfterMs: keptUntilMs };
  if (isPaidOut || destroyAfterMs !== undefined) {
    const kind = seen === 'stopped' ? 'stopped' : 'stop';
    return { kind, reason, destroyAfterMs: keptUntilMs };
  }
  return { kind: 'none', nextAtMs: endMs };
}
