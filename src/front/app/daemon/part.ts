// What a daemon is made of: parts that each live by themselves, and what is known of the health of each.

/** In the order in which they are ended: what begins new work first, what tells people last. */
export const PART_NAMES = [
  'collector',
  'jobs',
  'monitor',
  'rentals',
  'housekeeping',
  'notify',
  'heartbeat',
] as const;
export type PartName = (typeof PART_NAMES)[number];

/**
 * `starting`: begun, and has not yet said that it works. `running`: it works. `failing`: it does not, and goes on trying;
 * one that died is started again. `ending`: it was asked to end, and takes longer than a second. `ended`: it has done all it was asked for, or was stopped. `off`: it was not asked for.
 */
export const PART_STATUSES = ['starting', 'running', 'failing', 'ending', 'ended', 'off'] as const;
export type PartStatus = (typeof PART_STATUSES)[number];

export interface PartHealth {
  readonly name: PartName;
  /** What it does, in a few words. */
  readonly what: string;
  readonly status: PartStatus;
  /** One sentence; empty when there is nothing to say. */
  readonly reason: string;
  readonly sinceMs: number;
  /** When it last said that it works; null for never. */
  readonly lastGoodAtMs: number | null;
  /** How often it has died since the daemon began. */
  readonly restarts: number;
  /** When one that died is started again; null while it lives. */
  readonly nextTryAtMs: number | null;
}

/** With this a part says how it is. */
export interface Tell {
  well(sentence: string): void;
  /** It goes on trying by itself; whoever cannot throws instead, and is started again. */
  ill(sentence: string): void;
}

export interface Part {
  readonly name: PartName;
  readonly what: string;
  /** Lives until the signal ends it. Rejects when it has died; it is then started again after a while. */
  run(signal: AbortSignal, tell: Tell): Promise<void>;
  /**
   * How often it says how it is, at the latest: one that says nothing for five times as long, and for a minute, is failing.
   * Undefined: it says so when there is something to say.
   */
  readonly tellsEveryMs?: number;
  /** Whether its own end is its work done, and no failure. Default false. */
  readonly mayEnd?: boolean;
  /** Why it is not run at all; default it is. */
  readonly offBecause?: string;
}
