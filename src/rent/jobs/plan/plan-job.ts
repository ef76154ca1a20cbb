// A job before anything is spent: which machine it would take and why not the others, what would be set aside, when it
// begins, and everything that can be known to go wrong.
import { HOUR_MS, type MicroUsd } from '../../../base/std/index.ts';
import {
  type BidTable,
  bidTable,
  type Candidate,
  findCandidates,
  type Need,
  NoOfferError,
  type Ranking,
} from '../../rental/index.ts';
import { type Job, startByMs, toNeed } from '../file/index.ts';
import { allChecks } from './all-checks.ts';
import { CHEAP_HOUR_WINDOW_MS, type CheapHour, decideCheapHour } from './cheap-hour.ts';
import type { Check } from './check.ts';
import type { PlanJobOptions } from './plan-options.ts';

export interface JobPlan {
  readonly job: Job;
  readonly jobs: number;
  readonly need: Need;
  readonly market: PlannedMarket;
  /** Undefined for a job that does not wait. */
  readonly start: CheapHour | undefined;
  readonly checks: readonly Check[];
}

export type PlannedMarket =
  | {
      readonly kind: 'offers';
      readonly ranking: Ranking;
      /** The first within the budget; the first of all where none is. */
      readonly best: Candidate;
      /** Of the best machine, where it is bid for. */
      readonly bids: BidTable | undefined;
    }
  | { readonly kind: 'no-offer'; readonly error: NoOfferError };

/** Searches the market once and spends nothing. Throws NeedError and the errors of the service. */
export async function planJob(options: PlanJobOptions, signal?: AbortSignal): Promise<JobPlan> {
  const { job, jobs = 1 } = options;
  const need = toNeed(job);
  const market = await lookAtMarket(options, need, signal);
  return {
    job,
    jobs,
    need,
    market,
    start: await decideStart(options),
    checks: await allChecks(options, market.kind === 'offers' ? market.best : undefined, signal),
  };
}

async function lookAtMarket(
  { job, client, clock, lease, facts, spent = 0 as MicroUsd }: PlanJobOptions,
  need: Need,
  signal?: AbortSignal,
): Promise<PlannedMarket> {
  const found = await findCandidates({ client, clock, need, lease, ...(facts && { facts }) }, signal).catch(
    (error: unknown) => {
      if (error instanceof NoOfferError) return error;
      throw error;
    },
  );
  if (found instanceof NoOfferError) return { kind: 'no-offer', error: found };
  const { ranking, candidates } = found;
  const { budget } = job;
  const best =
    candidates.find(({ worstCost }) => budget === undefined || worstCost + spent <= budget) ??
    (candidates[0] as Candidate);
  const chosen = ranking.ranked.find(({ offer }) => Number(offer.id) === best.terms.offerId);
  const isBid = best.terms.rentalType === 'interruptible';
  const bids =
    isBid && chosen
      ? bidTable({
          offer: chosen.offer,
          need,
          nowMs: clock.now(),
          peers: ranking.ranked.map(({ offer }) => offer),
          ...(facts && { facts }),
        })
      : undefined;
  return { kind: 'offers', ranking, best, bids };
}

async function decideStart({
  job,
  clock,
  priceHistory,
  utcOffset,
}: PlanJobOptions): Promise<CheapHour | undefined> {
  const { startBy, resources, work, maxDurationMs } = job;
  if (!startBy) return undefined;
  const nowMs = clock.now();
  const history = await priceHistory?.({
    gpus: resources.gpus,
    gpuCount: resources.count,
    rentalType: resources.rental === 'interruptible' ? 'interruptible' : 'on-demand',
    sinceMs: nowMs - CHEAP_HOUR_WINDOW_MS,
    untilMs: nowMs,
  });
  return decideCheapHour({
    history,
    nowMs,
    latestMs: startByMs(startBy, { nowMs, utcOffset }),
    durationMs: work ? work.hours * HOUR_MS : maxDurationMs,
    gpuCount: resources.count,
  });
}
