// The service's limit on searches: so many in any 60 s, per key.

const WINDOW_MS = 60_000;

export interface RateLimit {
  /** Seconds between calls that would have been allowed; quoted in the refusal. */
  readonly thresholdSec: number;
  /** Counts the call and lets it pass, or refuses it without counting. */
  admit(identity: string, monotonicMs: number): boolean;
}

export function createRateLimit(callsPerMinute: number): RateLimit {
  const calls = new Map<string, number[]>();
  return {
    thresholdSec: 60 / Math.max(1, callsPerMinute),
    admit(identity, monotonicMs) {
      if (callsPerMinute === Number.POSITIVE_INFINITY) return true;
      const recent = (calls.get(identity) ?? []).filter((at) => monotonicMs - at < WINDOW_MS);
      const isAdmitted = recent.length < callsPerMinute;
      if (isAdmitted) recent.push(monotonicMs);
      calls.set(identity, recent);
      return isAdmitted;
    },
  };
}
