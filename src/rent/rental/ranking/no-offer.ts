// What kept offers out: which condition how many, and what asking for less would give; an error where nothing matches.
import { formatUsd } from '../../../base/std/index.ts';
import type { Excluded, Ranking } from './rank-offers.ts';

const BEGINNING = 'No available instances found matching criteria';
/** Conditions that are named in the message; the rest are in `excluded`. */
const NAMED = 4;
/** Beside a plan that has offers. */
const NAMED_BESIDE = 2;

/** The message begins as the older program's did, which people search for in their logs. */
export class NoOfferError extends Error {
  override name = 'NoOfferError';
  /** Offers looked at. */
  readonly considered: number;
  readonly excluded: readonly Excluded[];

  constructor({ considered, excluded }: Pick<Ranking, 'considered' | 'excluded'>) {
    super(`${BEGINNING}: ${explain(considered, excluded)}`);
    this.considered = considered;
    this.excluded = excluded;
  }
}

function explain(considered: number, excluded: readonly Excluded[]): string {
  if (considered === 0)
    return 'the market has no offer for this search; widen it, or try again in some minutes';
  const parts = excluded.slice(0, NAMED).map((one) => explainOne(one));
  const more = excluded.length > NAMED ? `; and ${excluded.length - NAMED} more conditions` : '';
  const hope = excluded.some(({ onlyByThis }) => onlyByThis > 0)
    ? ''
    : '; no single change gives an offer, so ask for less in several';
  return `of ${considered} offers ${parts.join('; ')}${more}${hope}`;
}

/** Of the conditions that keep offers out the two that most would be had without; empty where there is none. */
export function describeExcluded(excluded: readonly Excluded[]): string {
  return excluded
    .slice(0, NAMED_BESIDE)
    .map((one) => explainOne(one))
    .join('; ');
}

function explainOne({ alone, sentence, onlyByThis, cheapest, relax }: Excluded): string {
  const failed = `${alone} ${sentence}`;
  if (onlyByThis === 0) return failed;
  const from = cheapest === null ? '' : ` from ${formatUsd(cheapest.pricePerHour)} an hour`;
  return `${failed} (without this ${onlyByThis} more${from}: ${relax ?? ''})`;
}
