// Where the time of a simulated market begins, and through when it runs as fast as the machine can.
import { DAY_MS } from '../../base/std/index.ts';

/** A store that was left for longer than this goes on with a hole, instead of simulating all of it. */
const LONGEST_RESUME_MS = 2 * DAY_MS;

export interface TimePlan {
  /** When a world without a beginning of its own begins. */
  readonly startMs: number;
  /** When the first poll of this run is taken; undefined in a store without polls. */
  readonly resumeMs: number | undefined;
  /** From here on time keeps a pace that a person can watch. */
  readonly fullSpeedUntilMs: number;
}

export interface TimeSettings {
  readonly backfillMs: number;
  /** Between the filled-in past and the present. */
  readonly paceMs: number;
  readonly intervalMs: number;
}

/** A past whose filling-in was interrupted is filled in further, at full speed as well. */
export function planTime(
  { backfillMs, paceMs, intervalMs }: TimeSettings,
  { nowMs, lastPollMs }: { readonly nowMs: number; readonly lastPollMs: number | undefined },
): TimePlan {
  const fullSpeedUntilMs = nowMs - paceMs;
  return {
    startMs: fullSpeedUntilMs - backfillMs,
    resumeMs:
      lastPollMs === undefined ? undefined : Math.max(lastPollMs + intervalMs, nowMs - LONGEST_RESUME_MS),
    fullSpeedUntilMs,
  };
}
