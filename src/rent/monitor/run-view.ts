// What a monitor knows of one run at one moment: what the table, the detail view, JSON and HTTP all show. Everything that
// can be unknown is null, and every figure that can grow old says of when it is.

import type { FinishBasis, Health, Range, RunMetric } from '../training/index.ts';

/** A reading and the moment it is of; `error` why there is no newer one. */
export interface Reading<T> {
  readonly value: T;
  readonly atMs: number;
}

/** Where lines come from, in the order in which they are looked for. */
export const LINE_SOURCES = [
  'file',
  'job',
  'configured',
  'newest-log',
  'tmux',
  'tensorboard',
  'container',
  'none',
] as const;
export type LineSource = (typeof LINE_SOURCES)[number];

/** What the table's status column says: the originals' four, and what they lumped together. */
export const RUN_STATUSES = [
  'created',
  'loading',
  'running',
  'exited',
  'stopped',
  'outbid',
  'lost',
  'unknown',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export interface GpuReading {
  readonly utilizationPercent: number | null;
  readonly memoryUsedMb: number | null;
  readonly memoryTotalMb: number | null;
  readonly temperatureC: number | null;
  readonly powerW: number | null;
}

export interface RunView {
  /** `instance 123` or `job job_…`: one name for ever, for marks and cursors. */
  readonly key: string;
  readonly instanceId: number | null;
  readonly jobId: string | null;
  readonly rentalId: string | null;
  /** The job's or rental's name, else the label, else the id. */
  readonly name: string;
  /** The job's group, or what `vastdeck.yaml` puts it into; null for none. */
  readonly group: string | null;
  readonly gpuName: string | null;
  readonly gpuCount: number | null;
  readonly geolocation: string | null;
  readonly status: RunStatus;
  /** One sentence: why it is so. */
  readonly reason: string;
  readonly sinceMs: number;
  /** Undefined figures are of a machine that has not been sampled. */
  readonly gpus: Reading<readonly GpuReading[]> | null;
  /** Mean of all GPUs. */
  readonly gpuPercent: number | null;
  readonly gpuMemoryPercent: number | null;
  readonly memoryPercent: number | null;
  readonly diskPercent: number | null;
  /** Why sampling fails now; null while it works. */
  readonly sampleError: string | null;
  readonly sampledAtMs: number | null;
  readonly format: string | null;
  readonly epoch: number | null;
  readonly totalEpochs: number | null;
  readonly step: number | null;
  readonly totalSteps: number | null;
  /** 0 to 1 of the whole run; null where the log has no total. */
  readonly progress: number | null;
  readonly loss: number | null;
  /** Newest last, at most 60, for a sparkline. */
  readonly recentLosses: readonly number[];
  /** The newest of every other figure: learning_rate, grad_norm, throughput, custom ones. */
  readonly metrics: readonly RunMetric[];
  /** 1 for the first try; grows with recoveries and restarts. */
  readonly attempts: number;
  readonly lineSource: LineSource;
  /** A path, a pane, or empty. */
  readonly lineFrom: string;
  /** When the newest line came; null for none. */
  readonly lineAtMs: number | null;
  /** Why lines do not come now; null while they do. */
  readonly lineError: string | null;
  /** When the source of lines last answered, also without a new line: the age of one that is only asked now and then. */
  readonly lineReadAtMs?: number | null;
  readonly pricePerHour: number | null;
  readonly spentUsd: number | null;
  /** It may have cost more, before anybody here saw it. Default false. */
  readonly isSpentAtLeast?: boolean | undefined;
  /** Seconds to the end with its interval; null where nothing tells. */
  readonly etaS: Range<number> | null;
  /** What it stands on; null or left out where there is none. */
  readonly etaBasis?: FinishBasis | null | undefined;
  /** Dollars to the end, with its interval. */
  readonly costToFinishUsd: Range<number> | null;
  readonly health: Health;
  /** What not acting on `health` costs an hour; null for nothing. */
  readonly wastePerHour: number | null;
}

export interface MonitorTotals {
  readonly runs: number;
  readonly running: number;
  readonly gpus: number;
  readonly pricePerHour: number;
  readonly spentUsd: number;
  /** Spent this month and what runs now until its end. */
  readonly monthEndUsd: number | null;
  readonly creditUsd: number | null;
  /** When the credit is used up at the present price; null where it is not known or nothing burns. */
  readonly creditEndsAtMs: number | null;
}

export interface MonitorView {
  readonly atMs: number;
  /** True for `--sim`. */
  readonly isSimulated: boolean;
  readonly account: string | null;
  readonly runs: readonly RunView[];
  readonly totals: MonitorTotals;
  /** Of the listing that it stands on; null before the first. */
  readonly listedAtMs: number | null;
  /** Why there is nothing, or nothing new, and the command that mends it; null while all is well. */
  readonly trouble: string | null;
}
