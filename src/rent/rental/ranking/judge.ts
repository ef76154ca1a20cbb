// One offer before all constraints: whether it may be rented, how best, and what alone keeps it out.
import type { Offer } from '../../../net/vast/index.ts';
import { type Candidate, type Estimator, quote } from './candidate.ts';
import type { CompleteNeed } from './complete-need.ts';
import type { MachineConstraint, PriceConstraint, TimeConstraint } from './constraint.ts';
import type { Estimate, Prepared } from './estimate.ts';

/** Constraints are bits: the machine's from 0 on, then those of the price and of the time. There are fewer than 31. */
export interface Judgement {
  /** The cheapest way that meets everything; undefined where none does. */
  readonly best: Estimate | undefined;
  /** What it fails whichever way it is rented. */
  readonly failed: number;
  /** Constraints without which it could be rented, each with the cheapest way. */
  readonly openedBy: readonly Opening[];
}

interface Opening {
  readonly bit: number;
  readonly candidate: Candidate;
}

export interface Court {
  readonly need: CompleteNeed;
  readonly estimator: Estimator;
  readonly machine: readonly MachineConstraint[];
  readonly price: readonly PriceConstraint[];
  readonly time: readonly TimeConstraint[];
}

const NOTHING: readonly Opening[] = [];

export function judge(offer: Offer, { need, estimator, machine, price, time }: Court): Judgement {
  const machineFailed = failedBits(machine, offer, 0);
  let prepared: Prepared | undefined;
  let best: Estimate | undefined;
  let failedByAll = -1;
  let openedBy = NOTHING;
  for (const type of need.rentalTypes) {
    const quoted = quote(offer, type, need);
    let failed = machineFailed | failedBits(price, quoted, machine.length);
    // An estimate costs more than all the rest, and an offer that fails two conditions is far from being taken.
    if (isOneOrNone(failed)) {
      prepared ??= estimator.prepare(offer);
      const ask = type === 'on-demand' ? estimator.onDemand : estimator.atBestBid;
      const candidate = { ...quoted, estimate: prepared && ask(prepared) };
      failed |= failedBits(time, candidate, machine.length + price.length);
      if (failed === 0) {
        if (isCheaper(candidate.estimate, best)) best = candidate.estimate;
      } else if (isOneOrNone(failed)) {
        openedBy = withOpening(openedBy, { bit: failed, candidate });
      }
    }
    failedByAll &= failed;
  }
  return { best, failed: failedByAll, openedBy: best === undefined ? openedBy : NOTHING };
}

interface Judging<Subject> {
  readonly accepts: (subject: Subject) => boolean;
}

function failedBits<Subject>(
  rows: readonly Judging<Subject>[],
  subject: Subject,
  firstPlace: number,
): number {
  let bits = 0;
  for (let at = 0; at < rows.length; at += 1) {
    if (!(rows[at] as Judging<Subject>).accepts(subject)) bits |= 1 << (firstPlace + at);
  }
  return bits;
}

function isOneOrNone(bits: number): boolean {
  return (bits & (bits - 1)) === 0;
}

function withOpening(known: readonly Opening[], opening: Opening): readonly Opening[] {
  const other = known.find(({ bit }) => bit === opening.bit);
  if (other === undefined) return [...known, opening];
  if (!isCheaper(opening.candidate.estimate, other.candidate.estimate)) return known;
  return known.map((one) => (one === other ? opening : one));
}

function isCheaper(a: Estimate | undefined, b: Estimate | undefined): boolean {
  return (a?.expectedUsd ?? Number.POSITIVE_INFINITY) < (b?.expectedUsd ?? Number.POSITIVE_INFINITY);
}
