// How often a rental is taken away, per hour: what its kind leads to expect, corrected by what we have seen there.
import type { HostFacts } from './host-facts.ts';

/**
 * The host repairs its machine in so many hours. With it a reliability r (the share of time in which the machine
 * answered) gives a rate: r = up / (up + down), so λ = (1 − r) / (r · down). An assumption: the service publishes no
 * lengths of outages.
 */
const OUTAGE_HOURS = 6;
/** Assumed of an offer that shows none: the worst tenth of the market of 2024-11-05. */
const UNKNOWN_RELIABILITY = 0.965;
const RELIABILITY_RANGE = [0.5, 0.9999] as const;

/**
 * At exactly the lowest bid, any other bidder takes the machine: assumed once in 8 hours. Each 50 % above it leave a
 * tenth of that. Ours, not measured: the service publishes no bids; the Gamma prior below makes way for what we see.
 */
const OUTBIDS_PER_HOUR = 1 / 8;
const OUTBID_DECAY = Math.log(10) / 0.5;
/** A renter at the fixed price takes the machine from every bid: assumed once in 48 hours. */
const DISPLACED_PER_HOUR = 1 / 48;

export interface HazardTerms {
  /** Our bid by the lowest that wins now, 1 or more; null for a rental at a fixed price. */
  readonly bidRatio: number | null;
  /** 0 to 1; null where the service did not say. */
  readonly reliability: number | null;
}

/** Interruptions an hour before anything was seen on this machine. */
export function priorHazard({ bidRatio, reliability }: HazardTerms): number {
  const [least, most] = RELIABILITY_RANGE;
  const known = reliability === null || Number.isNaN(reliability) ? UNKNOWN_RELIABILITY : reliability;
  const r = Math.min(most, Math.max(least, known));
  const failures = (1 - r) / (r * OUTAGE_HOURS);
  if (bidRatio === null) return failures;
  return (
    failures + DISPLACED_PER_HOUR + OUTBIDS_PER_HOUR * Math.exp(-OUTBID_DECAY * Math.max(0, bidRatio - 1))
  );
}

/** The prior weighs as much as two interruptions: neither one bad event nor one good day decides about a host. */
const PRIOR_EVENTS = 2;

/**
 * Posterior mean of a Gamma prior with `PRIOR_EVENTS` events in `PRIOR_EVENTS / prior` hours, after `interruptions` in
 * `hoursSeen` hours. Assumes that they were a Poisson process of the kind asked now; outbids cluster, so the truth
 * spreads more than this mean shows.
 */
export function hazardPerHour(
  terms: HazardTerms,
  { interruptions, hoursSeen }: Pick<HostFacts, 'interruptions' | 'hoursSeen'>,
): number {
  const prior = priorHazard(terms);
  return (PRIOR_EVENTS + interruptions) / (PRIOR_EVENTS / prior + hoursSeen);
}
