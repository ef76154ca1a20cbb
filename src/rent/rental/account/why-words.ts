// One event of a rental, in words: what was decided, by which figures, and what lost.
import { formatDuration, formatUsd } from '../../../base/std/index.ts';
import type { StoredEvent } from '../../../base/store/index.ts';

export interface WhyWords {
  /** Without a full stop. */
  readonly sentence: string;
  /** Further sentences: runners-up, exclusions, phases. */
  readonly details: readonly string[];
}

type Data = Readonly<Record<string, unknown>>;

/** Data comes from a store that other versions have written: what is not there is not told. */
export function wordsOf({ noun, status, reason, data }: StoredEvent): WhyWords {
  const sentence = reason === '' ? `${noun} ${status}` : `${capitalised(status)}: ${reason}`;
  if (noun === 'rental') {
    return { sentence, details: [...quote(data), ...runnersUp(data), ...excluded(data), ...rest(data)] };
  }
  return { sentence, details: noun === 'instance' ? instanceDetails(data) : ledgerDetails(data) };
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function quote(data: Data): readonly string[] {
  const estimate = record(data.estimate);
  if (!estimate) return [];
  const expectedUsd = number(estimate.expectedUsd);
  const expectedS = number(estimate.expectedS);
  const perHour = number(estimate.pricePerHour);
  const bid = number(estimate.bidPerHour);
  const chance = number(estimate.interruptionChance);
  const terms = [
    expectedUsd !== undefined && `expected ${formatUsd(expectedUsd)}`,
    expectedS !== undefined && `over ${formatDuration(expectedS * 1_000)}`,
    perHour !== undefined && `at ${formatUsd(perHour)} an hour`,
  ].filter((part) => part !== false);
  const words = [
    terms.join(' '),
    bid !== undefined && `a bid of ${formatUsd(bid)}`,
    chance !== undefined && `${percent(chance)} to be interrupted`,
  ].filter((part) => part !== false && part !== '');
  const worst = number(record(data.worstCost)?.total);
  const considered = number(data.considered);
  return [
    `Quote: ${words.join(', ')}${worst === undefined ? '' : `; at most ${formatUsd(worst / 1e6)} was set aside`}`,
    ...(considered === undefined
      ? []
      : [`${number(data.eligible) ?? '?'} of ${considered} offers met the need`]),
  ];
}

function runnersUp(data: Data): readonly string[] {
  return list(data.runnersUp).flatMap((entry) => {
    const other = record(entry);
    const id = number(other?.offerId);
    if (!other || id === undefined) return [];
    const usd = number(other.expectedUsd);
    const why = list(other.why).filter((each) => typeof each === 'string');
    const price = usd === undefined ? '' : ` (expected ${formatUsd(usd)})`;
    const gpu = typeof other.gpuName === 'string' ? `, ${other.gpuName}` : '';
    return [
      `Offer ${id}${gpu}${price} lost: ${why.length > 0 ? why.join('; ') : 'it came later in the order'}`,
    ];
  });
}

function excluded(data: Data): readonly string[] {
  return list(data.excluded).flatMap((entry) => {
    const one = record(entry);
    const alone = number(one?.alone);
    if (typeof one?.sentence !== 'string' || alone === undefined || alone === 0) return [];
    return [`${alone} offers ${one.sentence}`];
  });
}

function rest(data: Data): readonly string[] {
  const figures = record(data.figures);
  const phases = [
    figures && seconds('ready or given up after', figures.bootSeconds),
    figures && seconds('pull', figures.pullSeconds),
    figures && seconds('from running to entered', figures.sshSeconds),
    figures?.wasRebooted === true && 'it was rebooted once',
  ].filter((part) => typeof part === 'string');
  return [
    ...(phases.length > 0 ? [`Boot: ${phases.join(', ')}`] : []),
    ...(typeof data.blame === 'string' && typeof data.cause === 'string'
      ? [`Cause: ${data.cause}; it tells against ${data.blame === 'nobody' ? 'nobody' : `the ${data.blame}`}`]
      : []),
    ...list(data.warnings).filter((each) => typeof each === 'string'),
    ...(number(data.attempts) ? [`${number(data.attempts)} destroys sent`] : []),
    ...(typeof data.bill === 'string' ? [capitalised(data.bill)] : []),
    ...(typeof data.by === 'string' ? [`By ${data.by}`] : []),
  ];
}

function instanceDetails(data: Data): readonly string[] {
  const price = number(data.pricePerHour);
  return [
    ...(typeof data.message === 'string' && data.message !== '' ? [`The daemon said: ${data.message}`] : []),
    ...(price === undefined ? [] : [`At ${formatUsd(price)} an hour`]),
  ];
}

function ledgerDetails(data: Data): readonly string[] {
  return list(data.warnings).filter((each) => typeof each === 'string');
}

function percent(chance: number): string {
  return chance > 0 && chance < 0.01 ? 'under 1 %' : `${Math.round(chance * 100)} %`;
}

function seconds(what: string, value: unknown): string | undefined {
  const known = number(value);
  return known === undefined ? undefined : `${what} ${Math.round(known)} s`;
}

function record(value: unknown): Data | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Data) : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
