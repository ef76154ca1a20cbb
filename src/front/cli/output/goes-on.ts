// What runs on when the daemon does not: stopping it stops no machine, and machines cost money.
import { formatUsd } from '../../../base/std/index.ts';
import { plural } from './number.ts';

export interface GoingOn {
  readonly name: string;
  /** Null: not known. */
  readonly usdPerHour: number | null;
}

const NAMES_MAX = 5;

/** `a and b, $0.73/h`; empty for nothing. Prices that are not known are said to be so. */
export function burnText(instances: readonly GoingOn[]): string {
  if (instances.length === 0) return '';
  const names = instances.slice(0, NAMES_MAX).map(({ name }) => name);
  const rest = instances.length - names.length;
  const prices = instances.flatMap(({ usdPerHour }) => usdPerHour ?? []);
  const sum = prices.reduce((total, each) => total + each, 0);
  const unknown = instances.length - prices.length;
  const unpriced = unknown > 0 ? `, of ${plural(unknown, 'instance')} the price is not known` : '';
  return `${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''} at ${formatUsd(sum)}/h${unpriced}`;
}

/** What is said when a daemon has ended. */
export function stoppedSentence(instances: readonly GoingOn[], liveJobs: number): string {
  if (instances.length === 0) return 'No machine was touched, and none runs.';
  const jobs =
    liveJobs > 0
      ? ` ${plural(liveJobs, 'job')} under way ${liveJobs === 1 ? 'goes' : 'go'} on there, and nobody fetches or recovers anything until "vastdeck up".`
      : '';
  return `No machine was touched. These go on and cost money: ${burnText(instances)}.${jobs} Ours end by themselves when what is paid for is over; "vastdeck rm NAME" ends one now.`;
}
