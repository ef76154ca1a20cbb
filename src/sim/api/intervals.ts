// Least times between two calls of one route with one key: the service's limits, apart from the searches'.

export interface Intervals {
  /** Whether the call may pass. A call that is refused is not counted. */
  admit(route: string, identity: string, intervalSec: number, monotonicMs: number): boolean;
}

/** `factor` 1 keeps the published intervals, 0 switches them off. */
export function createIntervals(factor: number): Intervals {
  const lastMs = new Map<string, number>();
  return {
    admit(route, identity, intervalSec, monotonicMs) {
      const waitMs = intervalSec * 1_000 * factor;
      if (waitMs === 0) return true;
      const name = `${identity} ${route}`;
      const last = lastMs.get(name);
      if (last !== undefined && monotonicMs - last < waitMs) return false;
      lastMs.set(name, monotonicMs);
      return true;
    },
  };
}
