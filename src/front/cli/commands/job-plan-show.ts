// The plan of a job as people and as programs read it: machines and why others lost, bids, money, start, checks.
import {
  formatDuration,
  formatIso,
  formatUsd,
  type MicroUsd,
  printable,
  usd,
  wrapText,
} from '../../../base/std/index.ts';
import type { JobPlan } from '../../../rent/jobs/index.ts';
import type { LeaseTerms } from '../../../rent/rental/index.ts';
import type { Context } from '../context.ts';
import type { Column, Row } from '../output/column.ts';
import { plural } from '../output/number.ts';
import { renderRows } from '../output/table.ts';
import {
  BID_COLUMNS,
  bidRows,
  keptOutSentences,
  partsOf,
  RANKING_COLUMNS,
  rankingRows,
} from './rent-plan.ts';

export interface ShownPlan {
  readonly plan: JobPlan;
  readonly lease: LeaseTerms;
  /** What caps and the halt switch would say to it. */
  readonly denials: readonly string[];
  readonly isSimulated: boolean;
}

const CHECK_COLUMNS: readonly Column[] = [
  { name: 'check', isWhole: true },
  { name: 'verdict', title: '', isWhole: true },
  { name: 'sentence', title: 'what was found', isProse: true },
];

/** For programs: the machines in the order of their cost, and the offer of each. */
export const MACHINE_COLUMNS: readonly Column[] = [{ name: 'offer_id' }, ...RANKING_COLUMNS].map(
  ({ name }) => ({
    name,
  }),
);

export function machineRows({ market }: JobPlan): readonly Row[] {
  return market.kind === 'offers' ? rankingRows(market.ranking) : [];
}

/** `write` takes whole lines. */
export function showJobPlan(
  { terminal }: Pick<Context, 'terminal'>,
  { plan, lease, denials, isSimulated }: ShownPlan,
  write: (text: string) => void,
  what: 'all' | 'without-machines' = 'all',
): void {
  const width = terminal.columns;
  const table = (rows: readonly Row[], columns: readonly Column[]) =>
    write(renderRows(rows, columns, { format: 'table', width }));
  const say = (sentence: string) => write(`${wrapText(sentence, width).map(printable).join('\n')}\n`);
  const { market, start, checks, jobs } = plan;
  if (isSimulated) say('SIMULATED: nothing here is real money.');
  if (market.kind === 'no-offer') {
    say(market.error.message);
  } else {
    const { ranking, best, bids } = market;
    if (what === 'all') table(rankingRows(ranking), RANKING_COLUMNS);
    const taken =
      best.terms.offerId === Number(ranking.ranked[0]?.offer.id)
        ? 'the first is taken'
        : `the first within the budget, on machine ${best.machineId}, is taken`;
    say(`${plural(ranking.eligible, 'offer')} of ${ranking.considered} will do; ${taken}.`);
    for (const sentence of keptOutSentences(ranking)) say(sentence);
    if (bids && best.terms.bidPerHour !== null) {
      say(`Bids on machine ${best.machineId} (chances are assumed until this install has seen some):`);
      table(bidRows(bids, best.terms.bidPerHour), BID_COLUMNS);
      if (bids.onDemand && bids.advice === 'on-demand') {
        say(
          `On-demand at ${formatUsd(bids.onDemand.bidPerHour)}/h is expected to cost no more here, and no bid takes it away: leave interruptible out, or write "interruptible: either".`,
        );
      }
    }
    say(reservationSentence(plan, lease));
  }
  if (start) say(`${capitalised(start.sentence)}.`);
  table(checks.map(checkRow), CHECK_COLUMNS);
  for (const sentence of denials) say(sentence);
  if (jobs > 1) say(`The matrix makes ${jobs} jobs; the figures above are of one of them.`);
}

/** Of the first machine; what a further one needs is asked of the same budget then. */
function reservationSentence({ market, job }: JobPlan, { leaseMs, trafficCapGb }: LeaseTerms): string {
  if (market.kind === 'no-offer') return '';
  const { lease, destroy, storageTail, bandwidth } = partsOf(market.best);
  const money = (amount: number) => formatUsd(usd(amount as MicroUsd));
  const traffic =
    trafficCapGb === undefined ? 'a full line, both ways' : `${trafficCapGb} GB of traffic each way`;
  const parts = `${money(lease)} for ${formatDuration(leaseMs)} of GPU and disk + ${money(destroy)} until a destroy has come through + ${money(storageTail)} for a disk that is kept + ${money(bandwidth)} for ${traffic}`;
  const budget = job.budget === undefined ? '' : ` of the budget of ${money(job.budget)}`;
  return `Set aside${budget} until the machine is surely gone: ${money(market.best.worstCost)} = ${parts}. What is not used is given back.`;
}

function checkRow({ name, verdict, sentence }: JobPlan['checks'][number]): Row {
  return { check: name, verdict: verdict === 'ok' ? 'ok' : verdict.toUpperCase(), sentence };
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** One object: everything that the screen shows, and the figures behind it. */
export function planData({ plan, lease, denials, isSimulated }: ShownPlan): Row {
  const { job, jobs, market, start, checks } = plan;
  const offers = market.kind === 'offers' ? market : undefined;
  return {
    name: job.name,
    jobs,
    is_simulated: isSimulated,
    ranking: machineRows(plan),
    offers_eligible: offers?.ranking.eligible ?? 0,
    offers_considered: market.kind === 'offers' ? market.ranking.considered : market.error.considered,
    excluded: (market.kind === 'offers' ? market.ranking : market.error).excluded.map(
      ({ constraint, sentence, alone, onlyByThis, relax }) => ({
        constraint,
        sentence,
        offers: alone,
        offers_only_by_this: onlyByThis,
        relax,
      }),
    ),
    best: offers ? bestData(offers.best) : null,
    bids: offers?.bids
      ? bidRows(offers.bids, offers.best.terms.bidPerHour ?? 0).map((row) => ({ ...row }))
      : [],
    reservation_usd: offers ? usd(offers.best.worstCost) : null,
    reservation_parts_usd: offers ? partsData(offers.best) : null,
    lease_s: lease.leaseMs / 1_000,
    budget_usd: job.budget === undefined ? null : usd(job.budget),
    start: start
      ? {
          decision: start.kind,
          at: start.kind === 'wait' ? formatIso(start.startAtMs) : null,
          sentence: start.sentence,
          figures: start.figures ?? null,
        }
      : null,
    checks,
    denials,
    no_offer: market.kind === 'no-offer' ? market.error.message : null,
  };
}

function bestData({ terms, machineId }: Extract<JobPlan['market'], { kind: 'offers' }>['best']): Row {
  return {
    offer_id: terms.offerId,
    machine_id: machineId,
    gpu: terms.gpuName,
    gpu_count: terms.gpuCount,
    rental_type: terms.rentalType,
    price_per_hour: terms.pricePerHour,
    bid_per_hour: terms.bidPerHour,
  };
}

function partsData(best: Extract<JobPlan['market'], { kind: 'offers' }>['best']): Row {
  const { lease, destroy, storageTail, bandwidth } = partsOf(best);
  return {
    lease: usd(lease as MicroUsd),
    destroy: usd(destroy as MicroUsd),
    storage_tail: usd(storageTail as MicroUsd),
    traffic: usd(bandwidth as MicroUsd),
  };
}
