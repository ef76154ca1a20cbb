// What a plan is made of, all of it given: the market's door, the figures of the account, the history of prices.
import type { Clock, MicroUsd } from '../../../base/std/index.ts';
import type { VastClient } from '../../../net/vast/index.ts';
import type { FactsLookup, LeaseTerms } from '../../rental/index.ts';
import type { Job, UtcOffset } from '../file/index.ts';
import type { TrainingConfig } from '../training-config/index.ts';
import type { HourlyPrice } from './cheap-hour.ts';

export interface HistoryQuestion {
  /** In Vast.ai's spelling; empty for any. */
  readonly gpus: readonly string[];
  readonly gpuCount: number;
  readonly rentalType: 'on-demand' | 'interruptible';
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** Undefined where no market was collected. */
export type PriceHistory = (question: HistoryQuestion) => Promise<readonly HourlyPrice[] | undefined>;

export interface PlanJobOptions {
  readonly job: Job;
  /** The absolute folder that its paths are relative to. */
  readonly folder: string;
  /** Where the person is who asks; default nobody knows. */
  readonly cwd?: string;
  readonly client: Pick<VastClient, 'offers'>;
  readonly clock: Clock;
  /** What its first machine is prepaid for. */
  readonly lease: LeaseTerms;
  /** Of the submitting machine; values are looked at and not kept. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How many jobs of its kind share the budget: those of a matrix. Default 1. */
  readonly jobs?: number;
  readonly facts?: FactsLookup;
  /** Undefined where the account does not say. */
  readonly credit?: MicroUsd | undefined;
  /** Of its budget, by those who had this name before and by the others of its group. Default none. */
  readonly spent?: MicroUsd;
  /** What the job was made from, where it was a training. */
  readonly training?: TrainingConfig;
  /** Names of GPUs that the market has. */
  readonly learnedGpus?: readonly string[];
  /** Asked only by jobs that may wait. */
  readonly priceHistory?: PriceHistory;
  /** Of the clock that a `start: {by: "08:00"}` is read on; default UTC. */
  readonly utcOffset?: UtcOffset;
}
