// The plan that a person says yes to: the ranking with why others lost, what is set aside and of what parts, the table
// of bids, and what will end the machine. Pure but for the printing.

import type { BudgetRow, HaltState } from '../../../base/ledger/index.ts';
import { formatDuration, formatUsd, HOUR_MS, type MicroUsd, usd } from '../../../base/std/index.ts';
import type { BidTable, Candidate, Ranking } from '../../../rent/rental/index.ts';
import { describeExcluded, ENDING_POLICY } from '../../../rent/rental/index.ts';
import type { Column, Row } from '../output/column.ts';
import { shortNumber } from '../output/number.ts';
import type { RentWish } from './rent-wish.ts';

/** What a candidate's reservation is made of, in micro-dollars. */
export interface WorstParts {
  readonly lease: number;
  readonly destroy: number;
  readonly storageTail: number;
  readonly bandwidth: number;
}

const dollars = (value: unknown) => formatUsd(Number(value));

export const RANKING_COLUMNS: readonly Column[] = [
  { name: 'rank' },
  { name: 'machine_id', title: 'machine' },
  { name: 'gpu', isWhole: true },
  { name: 'where', importance: 1 },
  { name: 'price_per_hour', title: '$/h', format: dollars },
  { name: 'expected_usd', title: 'expected $', format: dollars },
  {
    name: 'boot_s',
    title: 'boots in',
    format: (value) => formatDuration(Number(value) * 1_000),
    importance: 2,
  },
  { name: 'reliability', format: shortNumber, importance: 3 },
  { name: 'why', title: 'why not', isProse: true },
];

export function rankingRows({ ranked, runnersUp }: Ranking): readonly Row[] {
  const why = new Map(runnersUp.map((other) => [other.offer.id, other.why.join('; ')]));
  return [...ranked.slice(0, 1), ...runnersUp].map(({ offer, estimate }, at) => ({
    rank: at + 1,
    offer_id: offer.id,
    machine_id: offer.machineId,
    gpu: `${offer.numGpus ?? '?'}x ${offer.gpuName}`,
    where: offer.geolocation === null ? null : placeName(offer.geolocation),
    price_per_hour: estimate.pricePerHour,
    expected_usd: estimate.expectedUsd,
    boot_s: estimate.bootS,
    reliability: offer.reliability,
    why: why.get(offer.id) ?? '',
  }));
}

/** What keeps the other offers out, and what less would give; nothing where all will do. */
export function keptOutSentences({ excluded }: Ranking): readonly string[] {
  return excluded.length === 0 ? [] : [`Kept out: ${describeExcluded(excluded)}.`];
}

export const BID_COLUMNS: readonly Column[] = [
  { name: 'bid', title: 'bid $/h', format: dollars },
  { name: 'interrupted', title: 'taken away', format: (value) => `${(Number(value) * 100).toFixed(0)} %` },
  { name: 'expected_usd', title: 'expected $', format: dollars },
  { name: 'note' },
];

/** Between the lowest and the highest bid so many are shown. */
const BIDS_SHOWN = 5;

export function bidRows({ rows, onDemand }: BidTable, chosenPerHour: number): readonly Row[] {
  const step = Math.max(1, (rows.length - 1) / (BIDS_SHOWN - 1));
  const places = new Set(Array.from({ length: BIDS_SHOWN }, (_, at) => Math.round(at * step)));
  const bids = rows
    .filter((_, at) => places.has(at))
    .map((row, at) => ({
      bid: row.bidPerHour,
      interrupted: row.pInterrupted as number | null,
      expected_usd: row.expectedUsd as number | null,
      note: at === 0 ? 'the lowest that wins now' : '',
    }));
  const own = bids.find(({ bid }) => Math.abs(bid - chosenPerHour) < 0.0005);
  if (own) own.note = own.note === '' ? 'this plan' : `this plan, ${own.note}`;
  else bids.push({ bid: chosenPerHour, interrupted: null, expected_usd: null, note: 'this plan' });
  const fixed = onDemand && {
    bid: onDemand.bidPerHour,
    interrupted: onDemand.pInterrupted,
    expected_usd: onDemand.expectedUsd,
    note: 'on-demand: without --interruptible',
  };
  return [...bids.toSorted((a, b) => a.bid - b.bid), ...(fixed ? [fixed] : [])];
}

export function partsOf(candidate: Candidate): WorstParts {
  return (candidate.figures.worstCost as { readonly parts: WorstParts }).parts;
}

/** The same machine at another bid: what runs costs in proportion, disk and traffic stay. */
export function withBid(candidate: Candidate, bidPerHour: number): Candidate {
  const { terms } = candidate;
  const pricePerHour = bidPerHour + terms.diskPricePerHour;
  const ratio = pricePerHour / terms.pricePerHour;
  const parts = partsOf(candidate);
  const lease = Math.ceil(parts.lease * ratio);
  const destroy = Math.ceil(parts.destroy * ratio);
  const total = (lease + destroy + parts.storageTail + parts.bandwidth) as MicroUsd;
  return {
    ...candidate,
    terms: { ...terms, bidPerHour, pricePerHour },
    worstCost: total,
    figures: { ...candidate.figures, worstCost: { total, parts: { ...parts, lease, destroy } } },
  };
}

/** Where the money that is set aside goes, in one sentence with every part. */
export function reservationSentence(candidate: Candidate, { lease, promisedGb }: RentWish): string {
  const { lease: run, destroy, storageTail, bandwidth } = partsOf(candidate);
  const money = (amount: number) => formatUsd(usd(amount as MicroUsd));
  const kept = formatDuration(lease.storageTailMs ?? ENDING_POLICY.storageTailMs);
  const line =
    promisedGb === undefined
      ? `${money(bandwidth)} for its line, full both ways all the time`
      : `${money(bandwidth)} for the ${shortNumber(promisedGb)} GB each way that you promise`;
  const hint =
    promisedGb === undefined && bandwidth > (run + destroy + storageTail) / 2
      ? ' Most people use little of the line: --traffic GB promises less.'
      : promisedGb === undefined
        ? ''
        : ' Nothing stops traffic at the promise: what goes beyond it is billed, and not set aside.';
  return `Set aside until it is surely gone: ${money(candidate.worstCost)} = ${money(run)} for ${formatDuration(lease.leaseMs)} of GPU and disk + ${money(destroy)} until a destroy has come through + ${money(storageTail)} for the disk, ${kept} longer + ${line}.${hint}`;
}

/** The two stages of the end, for a person, in two lines. */
export function endLines(wish: RentWish, candidate: Candidate, endsAtText: string): readonly string[] {
  const { idleMs } = wish.launch;
  const idle =
    idleMs === undefined
      ? ''
      : `, or when nobody is logged in and its GPUs do nothing for ${formatDuration(idleMs)}`;
  const disk = formatUsd(candidate.terms.diskPricePerHour);
  const kept = formatDuration(wish.lease.storageTailMs ?? ENDING_POLICY.storageTailMs);
  return [
    `Ends in two stages. At ${endsAtText}${idle}, it stops itself, also while this computer is off; the GPUs then cost nothing.`,
    `Its disk (${disk}/h) is kept ${kept} longer, in which "vd start" brings it back; after that the next "vd ps --refresh", "vd rent" or "vd gc --apply" destroys it.`,
  ];
}

/** What caps and switch would say to it, before anybody is asked. */
export function denialSentences(
  { rows, halt }: { readonly rows: readonly BudgetRow[]; readonly halt: HaltState },
  { worstCost, scopes }: { readonly worstCost: MicroUsd; readonly scopes: Readonly<Record<string, string>> },
): readonly string[] {
  const halted =
    halt.kind === 'halted'
      ? [`All spending is halted by ${halt.by} (${halt.reason}): "vd resume" ends that.`]
      : [];
  const capped = rows
    .filter((row) => row.scope === 'total' || scopes[row.scope] === row.value)
    .filter((row) => worstCost > row.left)
    .map((row) => {
      const whose = row.scope === 'total' ? 'everything' : `${row.scope} ${row.value}`;
      return `The cap on ${whose} has ${formatUsd(usd(row.left))} left, which is less than the ${formatUsd(usd(worstCost))} to be set aside: "vd budget" shows all.`;
    });
  return [...halted, ...capped];
}

/** Hours and dollars of the whole plan, for the question. */
export function planSentence(wish: RentWish, candidate: Candidate): string {
  const { terms, machineId } = candidate;
  const hours = wish.lease.leaseMs / HOUR_MS;
  const bid = terms.bidPerHour === null ? '' : `, a bid of ${formatUsd(terms.bidPerHour)}/h`;
  const from = terms.geolocation === null ? '' : ` in ${placeName(terms.geolocation)}`;
  return `Rent ${wish.name}: ${terms.gpuCount}x ${terms.gpuName} on machine ${machineId}${from} for ${formatDuration(wish.lease.leaseMs)}${bid}, at ${formatUsd(terms.pricePerHour)}/h (${formatUsd(terms.pricePerHour * hours)}) and traffic.`;
}

/** Some hosts tell no city, and Vast then sends ", US". */
function placeName(geolocation: string): string {
  return geolocation.replace(/^[,\s]+/, '');
}
